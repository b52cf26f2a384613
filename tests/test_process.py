from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest

import buildscope
from buildscope.errors import BuildscopeError
from buildscope.process.ended import Ended
from buildscope.process.run import prepare
from buildscope.process.supervised import signal_name
from tests.helpers.procs import Lab, processes_with
from tests.helpers.waiting import wait_until

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", flush=True)
        time.sleep(300)
    os._exit(0)
os.wait()
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def marker() -> str:
    """A text to find processes by."""
    return f"marker-{uuid.uuid4().hex}"


def test_exit_code_and_both_streams_are_told(lab: Lab) -> None:
    ran = lab.python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (ran.ended.exit_code, ran.ended.signal, ran.ended.ok) == (3, None, False)
    assert (ran.stdout, ran.stderr) == ("out\n", "err\n")


def test_success_is_ok(lab: Lab) -> None:
    ended = lab.python("").ended
    assert ended.ok
    assert ended == Ended(exit_code=0, seconds=ended.seconds)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_named(lab: Lab, number: signal.Signals) -> None:
    ended = lab.python(f"import os; os.kill(os.getpid(), {int(number)})").ended
    assert (ended.exit_code, ended.signal) == (None, number.name)


def test_a_signal_without_a_name_has_its_number() -> None:
    assert signal_name(int(signal.SIGRTMIN) + 5) == f"SIG{int(signal.SIGRTMIN) + 5}"


def test_stdin_is_empty(lab: Lab) -> None:
    assert lab.python("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


def test_command_directory_and_environment_arrive_unchanged(lab: Lab) -> None:
    odd = lab.directory / "with space ü"
    odd.mkdir()
    code = "import os, sys; print(sys.argv[1:], os.getcwd(), os.environ['ODD'])"
    ran = lab.python(code, "", "a b", "ü\n", cwd=odd, env={"ODD": "=x\n="})
    assert ran.stdout == f"{['', 'a b', 'ü' + chr(10)]} {odd} =x\n=\n"


def test_the_environment_is_not_merged_with_ours(lab: Lab) -> None:
    env = {name: value for name, value in os.environ.items() if name != "HOME"}
    ran = lab.python("import os; print('HOME' in os.environ)", environ=env)
    assert ran.stdout == "False\n"


def test_a_program_is_looked_up_on_the_path_it_is_given(lab: Lab) -> None:
    tool = lab.directory / "bin" / "sometool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho found\n")
    tool.chmod(0o755)
    ran = lab.run("sometool", env={"PATH": f"/nowhere:{tool.parent}:{os.environ['PATH']}"})
    assert ran.stdout == "found\n"


@pytest.mark.parametrize("program", ["no-such-program", "/no/such/program"])
def test_a_program_that_does_not_exist_is_told(lab: Lab, program: str) -> None:
    with pytest.raises(BuildscopeError, match=f"cannot run '{program}': No such file") as caught:
        lab.run(program)
    assert "PATH" in str(caught.value.hint)


def test_a_directory_that_does_not_exist_is_told(lab: Lab) -> None:
    with pytest.raises(BuildscopeError, match="in '/no/such/dir': No such file"):
        lab.run("true", cwd="/no/such/dir")


def test_a_zero_byte_in_an_argument_is_told(lab: Lab) -> None:
    with pytest.raises(BuildscopeError, match="zero byte"):
        lab.run("true", "a\0b")


def test_bytes_that_are_no_utf8_are_kept(lab: Lab) -> None:
    lab.python(r"import os; os.write(1, b'caf\xe9 \xff\x00\n')")
    assert (lab.directory / "output-1" / "stdout").read_bytes() == b"caf\xe9 \xff\x00\n"


def test_a_timeout_ends_it(lab: Lab) -> None:
    ran = lab.python("import time; time.sleep(300)", timeout=0.3)
    assert (ran.ended.timed_out, ran.ended.stopped, ran.ended.ok) == (True, False, False)
    assert ran.seconds < 3


def test_who_ignores_the_polite_signal_is_killed(lab: Lab) -> None:
    ran = lab.run("sh", "-c", "trap '' TERM; while :; do sleep 300; done", timeout=0.3)
    assert ran.ended.timed_out
    assert ran.ended.signal == "SIGKILL"


def test_a_stop_from_another_thread_ends_it(lab: Lab) -> None:
    output = lab.directory / "output-1" / "stdout"

    def request() -> None:
        wait_until(lambda: output.exists() and output.read_text() == "ready\n")
        lab.stop.request("enough")

    watcher = threading.Thread(target=request)
    watcher.start()
    ran = lab.python("import time; print('ready', flush=True); time.sleep(300)")
    watcher.join()
    assert (ran.ended.stopped, ran.ended.timed_out) == (True, False)


def test_a_stop_that_was_requested_before_ends_it_at_once(lab: Lab) -> None:
    lab.stop.request("before")
    assert lab.python("import time; time.sleep(300)").ended.stopped


@linux
def test_grandchildren_do_not_outlive_it(lab: Lab, marker: str) -> None:
    ran = lab.run("sh", "-c", f"sh -c 'sleep 300; : {marker}' & exit 0")
    assert ran.ended.exit_code == 0
    assert ran.ended.left_behind >= 1
    assert processes_with(marker) == []


@linux
def test_a_daemon_of_its_own_session_does_not_outlive_it(lab: Lab, marker: str) -> None:
    ran = lab.python(DAEMON, marker)
    assert ran.ended.exit_code == 0
    assert ran.ended.left_behind == 1
    assert processes_with(marker) == []


@linux
def test_a_daemon_dies_with_a_timeout_too(lab: Lab, marker: str) -> None:
    ran = lab.python(DAEMON + "\ntime.sleep(300)", marker, timeout=0.5)
    assert ran.ended.timed_out
    assert processes_with(marker) == []


def test_a_child_that_holds_the_pipe_does_not_delay_the_return(lab: Lab) -> None:
    ran = lab.run("sh", "-c", "echo begun; (trap '' TERM; sleep 20) & exit 5")
    assert (ran.ended.exit_code, ran.stdout) == (5, "begun\n")
    assert ran.seconds < 3  # 0.4 s on an idle machine


@linux
def test_helpers_that_end_by_themselves_are_not_counted(lab: Lab) -> None:
    assert lab.run("sh", "-c", "sleep 0.05 & exit 0").ended.left_behind == 0


def test_its_zombies_are_reaped_without_stealing_its_exit_code(lab: Lab) -> None:
    code = "import os\nfor _ in range(50):\n    if os.fork() == 0: os._exit(9)\nos._exit(4)"
    assert lab.python(code).ended.exit_code == 4


def test_signals_to_its_process_group_spare_the_supervisor(lab: Lab) -> None:
    ended = lab.python("import os, signal; os.killpg(0, signal.SIGTERM)").ended
    assert ended.signal == "SIGTERM"


@linux
def test_it_survives_the_end_of_its_supervisor(lab: Lab, marker: str) -> None:
    code = "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(300)"
    ended = lab.python(code, marker).ended
    assert not ended.ok
    wait_until(lambda: processes_with(marker) == [])


@linux
def test_much_output_is_taken_whole_and_in_flat_memory(lab: Lab) -> None:
    size = 100_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "import os, sys\nfor _ in range(100): os.write(1, (b'x' * 9999 + b'\\n') * 100)"
    assert lab.python(code).ended.ok
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (lab.directory / "output-1" / "stdout").stat().st_size == size
    assert grown < 30_000  # KiB


def test_runs_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    labs = [Lab(tmp_path / str(number)) for number in range(4)]
    results: dict[int, str] = {}

    def work(number: int) -> None:
        labs[number].directory.mkdir()
        code = f"import sys; print({number}); sys.exit({number})"
        ran = labs[number].python(code)
        results[number] = f"{ran.stdout.strip()} {ran.ended.exit_code}"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: f"{number} {number}" for number in range(4)}


def test_a_prepared_supervisor_serves_the_next_run(lab: Lab) -> None:
    prepare()
    prepare()
    assert lab.python("print('one')").stdout == "one\n"
    assert lab.python("print('two')").stdout == "two\n"


@linux
def test_a_prepared_supervisor_that_died_is_not_used(lab: Lab) -> None:
    prepare()
    wait_until(lambda: supervisors_of_ours() != [])
    pids = supervisors_of_ours()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all("State:\tZ" in status_of(pid) for pid in pids))
    assert lab.python("print('one')").stdout == "one\n"


def supervisors_of_ours() -> list[int]:
    """Living children of this process that are supervisors."""
    lines = processes_with(str(Path(buildscope.__file__).parent / "process"))
    pids = [int(line.partition(":")[0]) for line in lines]
    return [pid for pid in pids if f"PPid:\t{os.getpid()}\n" in status_of(pid)]


def status_of(pid: int) -> str:
    """What the kernel tells of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return ""


NO_DESCRIPTOR = """
import sys
from pathlib import Path
from tests.helpers.procs import Lab
lab = Lab(Path(sys.argv[1]))
lab.python("")
before = sorted(path.name for path in Path("/dev/fd").iterdir())
lab.python("")
assert sorted(path.name for path in Path("/dev/fd").iterdir()) == before
"""


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    """In a process of its own: threads of earlier tests open and close files meanwhile."""
    done = subprocess.run(
        [sys.executable, "-c", NO_DESCRIPTOR, str(tmp_path)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_command_inherits_no_descriptor(lab: Lab) -> None:
    ran = lab.python(
        "import os; print([n for n in range(3, 64) if os.path.exists(f'/dev/fd/{n}')])"
    )
    assert ran.stdout == "[]\n"


PARENT = """
import os, sys
from pathlib import Path
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.process.run import prepare, run
from buildscope.process.stop import Stop

spool = Spool(Path(sys.argv[1]), Redactor())
code = "import sys, time; print('ready', flush=True); time.sleep(300)"
script = f'''trap "" TERM INT HUP; "{sys.executable}" -c "{code}" {sys.argv[2]} & wait'''
prepare()
run(["sh", "-c", script, sys.argv[2]], cwd="/", env=dict(os.environ), spool=spool, stop=Stop())
"""


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_outlives_the_death_of_buildscope(
    tmp_path: Path, marker: str, number: signal.Signals
) -> None:
    root = str(Path(buildscope.__file__).parent.parent)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "spool"), marker],
        env={**os.environ, "PYTHONPATH": root},
        stderr=subprocess.DEVNULL,
    )
    output = tmp_path / "spool" / "stdout"
    wait_until(lambda: output.exists() and output.read_text() == "ready\n")
    parent.send_signal(number)
    parent.wait(10)
    wait_until(lambda: processes_with(marker) == [])
    wait_until(lambda: processes_with(f"supervisor {marker}") == [])


def test_the_supervisor_is_never_imported() -> None:
    code = "import sys, buildscope.hooks.call; print('supervisor' in str(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
