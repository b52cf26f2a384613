from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from buildscope.model.waiting import ProcessState
from buildscope.process import proc_texts, ps
from buildscope.process.procfs import Procfs
from buildscope.process.system_calls import NAMES
from buildscope.process.waiting import MOST_PROCESSES, look, look_in
from buildscope.reports.waiting import called, process_lines, sentence, stuck
from tests.helpers.procs import PROJECTS
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

Started = subprocess.Popen[bytes]


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Starts Python code in a group of processes that ends with the test."""
    started: list[Started] = []

    def begin(code: str, *arguments: str) -> Started:
        command = [sys.executable, "-S", "-c", code, *arguments]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True))
        return started[-1]

    yield begin
    for process in started:
        with process, suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def functions_are_told() -> bool:
    """Whether this machine says in which function of the kernel a process sleeps."""
    with subprocess.Popen("cat", stdin=subprocess.PIPE) as process:
        try:
            wait_until(lambda: bool(Procfs().kernel_function(process.pid)), limit=2)
        except AssertionError:
            return False
        return True


def readable(process: Started) -> bool:
    """Whether this machine lets one read which system call a process is in."""
    known = os.uname().machine in NAMES
    return known and bool(Procfs().text(f"{process.pid}/syscall"))


def seen(process: Started, wanted: str, machine: str | None = None) -> tuple[ProcessState, ...]:
    """The look at which the first process waits for what is ``wanted``, a whole expression."""
    looks: list[tuple[ProcessState, ...]] = []

    def matches() -> bool:
        looks.append(look_in(Procfs(machine=machine), process.pid))
        return bool(looks[-1]) and re.fullmatch(wanted, looks[-1][0].waits) is not None

    wait_until(matches)
    return looks[-1]


NOT_SAID = "waits, the system does not say what for"
US = rf"pid {os.getpid()} \S+"
SLEEP = "import time; time.sleep(300)"
SLEEPING_CHILD = f"[sys.executable, '-S', '-c', {SLEEP!r}]"
WAYS = {
    "sleep": (SLEEP, "sleeps", "sleeps|waits for input from one of several descriptors"),
    "stdin": (
        "import sys; sys.stdin.read()",
        rf"reads its standard input \(a pipe, written by {US}\)",
        "reads a pipe",
    ),
    "poll": (
        "import select; p = select.poll(); p.register(0, select.POLLIN); p.poll()",
        rf"waits for input from its standard input \(a pipe, written by {US}\)",
        "waits for input from one of several descriptors",
    ),
    "select": (
        "import select; select.select([0], [], [])",
        rf"waits for input from its standard input \(a pipe, written by {US}\)",
        "waits for input from one of several descriptors",
    ),
    "epoll": (
        "import select; p = select.epoll(); p.register(0, select.EPOLLIN); p.poll()",
        rf"waits for input from its standard input \(a pipe, written by {US}\)",
        "waits for input from one of several descriptors",
    ),
    "stdout": (
        "import os\nwhile True: os.write(1, bytes(65536))",
        rf"waits to write to its standard output \(a pipe, read by {US}\)",
        "waits to write to a pipe",
    ),
    "pipe of its own": (
        "import os; r, w = os.pipe(); os.read(r, 1)",
        r"reads a pipe \(written by nobody but itself\)|reads a pipe",
        "reads a pipe",
    ),
    "child": (
        f"import os, sys; p = os.spawnv(os.P_NOWAIT, sys.executable, {SLEEPING_CHILD}); os.wait()",
        r"waits for process \d+ \(\S+\)",
        r"waits for process \d+ \(\S+\)",
    ),
    "signal": ("import signal; signal.pause()", "waits for a signal", ".*signal|.*pause"),
    "accept": (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); s.accept()",
        r"waits for a connection to listening socket 127\.0\.0\.1:\d+",
        "waits for a connection to a listening socket",
    ),
    "lock in memory": (
        "import _thread; a = _thread.allocate_lock(); a.acquire(); a.acquire()",
        "waits for a lock in memory, and has no other thread that could free it",
        "waits for a lock in memory, and has no other thread that could free it",
    ),
    "thread that sleeps": (
        f"import threading; threading.Thread(target=lambda: exec({SLEEP!r})).start()",
        "waits for another thread, which sleeps",
        "waits for another thread, which .*",
    ),
    "name server": (
        "from socket import *; s = socket(type=SOCK_DGRAM); s.connect(('127.0.0.1', 53)); s.recv(1)",
        r"reads UDP socket 127\.0\.0\.1:53 \(a name server\)",
        "reads a socket",
    ),
    "socket pair": (
        "import socket; a, b = socket.socketpair(); a.recv(1)",
        "reads a local socket",
        "reads a local socket",
    ),
}


@linux
@pytest.mark.parametrize("way", WAYS)
def test_a_wait_is_told_by_its_system_call(start: Callable[..., Started], way: str) -> None:
    code, wanted, _ = WAYS[way]
    process = start(code)
    if not readable(process):
        pytest.skip("system calls may not be read here")
    state = seen(process, wanted)[0]
    assert state.state == "sleeping"
    assert state.parent == os.getpid()
    assert state.command == (sys.executable, "-S", "-c", code)
    assert state.age_seconds > 0


@linux
@pytest.mark.parametrize("way", WAYS)
def test_without_the_system_call_less_is_told(
    start: Callable[..., Started], way: str, functions_are_told: bool
) -> None:
    code, _, weaker = WAYS[way]
    seen(start(code), weaker if functions_are_told else NOT_SAID, machine="unknown")


@linux
@pytest.mark.parametrize("machine", [None, "unknown"])
def test_a_process_that_computes(start: Callable[..., Started], machine: str | None) -> None:
    process = start("while True: pass")
    state = seen(process, "computes", machine)[0]
    assert state.state == "running"
    wait_until(lambda: look(process.pid)[0].cpu_seconds > state.cpu_seconds)


@linux
def test_another_thread_that_computes_is_told(start: Callable[..., Started]) -> None:
    thread = "import threading; threading.Thread(target=lambda: exec('while True: pass')).start()"
    seen(start(f"{thread}\n{SLEEP}"), ".* while another thread computes")
    joined = "[t.join() for t in threading.enumerate() if t.name != 'MainThread']"
    wanted = "waits for another thread, which computes"
    seen(start(f"{thread}\n{joined}"), f"{wanted}|{NOT_SAID} while another thread computes")


@linux
def test_a_stopped_process(start: Callable[..., Started]) -> None:
    process = start(SLEEP)
    process.send_signal(signal.SIGSTOP)
    states = seen(process, "is stopped until somebody sends it SIGCONT")
    assert states[0].state == "stopped"


@linux
def test_a_child_that_ended_is_not_the_stuck_one(start: Callable[..., Started]) -> None:
    process = start(f"import os\nif os.fork() == 0: os._exit(0)\n{SLEEP}")
    wait_until(lambda: [one.state for one in look(process.pid)[1:]] == ["ended"])
    states = look(process.pid)
    assert states[1].waits == f"has ended, process {process.pid} has not asked how"
    assert stuck(states) == states[0]


@linux
def test_a_connection_that_is_silent(start: Callable[..., Started]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        process = start(f"import socket; socket.create_connection(({host!r}, {port})).recv(1)")
        with server.accept()[0]:
            told = readable(process)
            wanted = rf"reads socket 127\.0\.0\.1:{port} \({US}\)"
            state = seen(process, wanted if told else rf"reads a socket.*|{NOT_SAID}")[0]
    assert (os.getpid() in state.waits_for) == told


@linux
def test_a_connection_that_nobody_answers(start: Callable[..., Started]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        place = server.getsockname()
        others = [socket.socket() for _ in range(4)]
        try:
            for other in others:
                other.setblocking(False)
                other.connect_ex(place)
            process = start(f"import socket; socket.create_connection({place!r})")
            wanted = rf"connects to 127\.0\.0\.1:{place[1]}"
            seen(process, wanted if readable(process) else f"{wanted}|{NOT_SAID}")
        finally:
            for other in others:
                other.close()


@linux
@pytest.mark.parametrize("take", ["flock(f, fcntl.LOCK_EX)", "lockf(f, fcntl.LOCK_EX)"])
@pytest.mark.parametrize("machine", [None, "unknown"])
def test_a_lock_and_who_holds_it(
    start: Callable[..., Started], tmp_path: Path, take: str, machine: str | None
) -> None:
    path = tmp_path / "the lock"
    with path.open("w") as file:
        (fcntl.flock if "flock" in take else fcntl.lockf)(file, fcntl.LOCK_EX)
        if not Procfs().text("locks"):
            pytest.skip("locks may not be read here")
        process = start(f"import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.{take}", str(path))
        wanted = rf"waits for a lock on ({re.escape(str(path))}|a file) \(held by {US}\)"
        state = seen(process, wanted, machine)[0]
    assert state.waits_for == (os.getpid(),)


@linux
def test_a_named_pipe(start: Callable[..., Started], tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    process = start("import sys; open(sys.argv[1]).read()", str(fifo))
    told = readable(process)
    opens = f"opens named pipe {re.escape(str(fifo))}, which nobody has open at the other end"
    seen(process, opens if told else rf"opens a named pipe, .*|{NOT_SAID}")
    with fifo.open("w"):
        reads = rf"reads named pipe {re.escape(str(fifo))} \(written by {US}\)"
        seen(process, reads if told else rf"reads a pipe|{NOT_SAID}")


@linux
def test_the_chain_leads_to_the_one_that_all_wait_for(
    start: Callable[..., Started], functions_are_told: bool
) -> None:
    inner = f"import subprocess, sys; subprocess.run({SLEEPING_CHILD}, stdout=subprocess.PIPE)"
    process = start(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])")
    waits = "sleeps" if functions_are_told or readable(process) else NOT_SAID
    wait_until(lambda: [one.waits for one in look(process.pid)[2:]] == [waits])
    states = look(process.pid)
    assert [one.parent for one in states[1:]] == [one.pid for one in states[:2]]
    assert stuck(states) == states[2]
    said = sentence(states, 0.0)
    assert said.startswith("python"), said
    assert said.endswith(f"(pid {states[2].pid}) {waits}, for 0.0 s")


@linux
def test_two_that_wait_for_each_other(start: Callable[..., Started]) -> None:
    process = start("import subprocess; subprocess.Popen('cat', stdin=subprocess.PIPE).wait()")
    if not readable(process):
        pytest.skip("system calls may not be read here")
    wanted = rf"cat \(pid \d+\) reads its standard input .*, while .* \(pid {process.pid}\) waits.*"
    wait_until(lambda: re.fullmatch(wanted, sentence(look(process.pid))) is not None)


@linux
def test_a_helper_that_waits_for_its_parent_is_not_the_stuck_one(
    start: Callable[..., Started],
) -> None:
    code = "import subprocess; p = subprocess.Popen('cat', stdin=subprocess.PIPE)\n" + SLEEP
    process = start(code)
    if not readable(process):
        pytest.skip("system calls may not be read here")
    wait_until(lambda: [one.waits[:10] for one in look(process.pid)] == ["sleeps", "reads its "])
    wait_until(lambda: look(process.pid)[0].waits_for == ())


@linux
def test_a_process_that_is_gone_is_nothing(start: Callable[..., Started]) -> None:
    process = start("")
    process.wait()
    assert look(process.pid) == ()
    assert look(0) == ()


@linux
def test_processes_that_come_and_go_do_no_harm(start: Callable[..., Started]) -> None:
    process = start("import os\nwhile True:\n if os.fork() == 0: os._exit(0)\n os.wait()")
    for _ in range(50):
        states = look(process.pid)
        assert states[0].pid == process.pid


@linux
def test_only_so_many_processes_and_arguments_are_told(start: Callable[..., Started]) -> None:
    code = f"import os\nfor _ in range(60):\n if os.fork() == 0: break\nprint(flush=True)\n{SLEEP}"
    process = start(code, *(["word"] * 100))
    assert process.stdout is not None
    assert process.stdout.read(61) == b"\n" * 61
    states = look(process.pid)
    assert len(states) == MOST_PROCESSES
    assert states[0].pid == process.pid
    assert len(states[0].command) == 41
    assert states[0].command[-1] == "…"


@linux
def test_secrets_are_taken_out_before_a_command_is_cut(start: Callable[..., Started]) -> None:
    process = start(f"print(flush=True)\n{SLEEP}", "x" * 1700 + "secret" * 50, "after")
    assert process.stdout is not None
    assert process.stdout.readline() == b"\n"
    command = look(process.pid, lambda text: text.replace("secret", "*"))[0].command
    assert command[-2] == "x" * 1700 + "*" * 50
    assert "secret" not in "".join(command)
    long = look(process.pid)[0].command
    assert long[-1] == "…"
    assert 2000 <= len("".join(long)) <= 2002


HANGING = """
import sys
sys.path.insert(0, sys.argv[1])
import backend
backend.build_wheel(".", {"hang": sys.argv[2]})
"""


@linux
@pytest.mark.parametrize(
    ("way", "wanted"),
    [
        ("sleep", r"python.* sleeps"),
        ("compute", r"python.* computes"),
        ("process", r"sleep 1000 \(pid \d+\) sleeps"),
        ("stdin", r"python\S* -c input\('Password: '\) .* reads its standard input .*waits for it"),
        ("connect", r"python.* reads socket 127\.0\.0\.1:\d+"),
        ("lock", r"python\S* -c import fcntl, sys, time; .* sleeps"),
        ("deadlock", r"python.* waits for a lock on \S+\.lock \(held by itself\)"),
        ("thread", r"python.* waits for another thread, which sleeps"),
    ],
)
def test_the_hanging_project(start: Callable[..., Started], way: str, wanted: str) -> None:
    process = start(HANGING, str(PROJECTS / "hanging"), way)
    assert process.stdout is not None
    assert process.stdout.readline() == f"hangs now: {way}\n".encode()
    if not readable(process):
        pytest.skip("system calls may not be read here")
    wait_until(lambda: re.fullmatch(wanted, sentence(look(process.pid))) is not None)


# Recorded texts

STAT = (
    "1234 (git) remote) S 1200 1200 2026 0 -1 4194304 831 0 0 0 150 50 0 0 20 0 1 0 172344 "
    "12812288 2144 18446744073709551615 1 1 0 0 0 0 0 16781312 2 1 0 0 17 1 0 0 0 0 0"
)
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1153 1 0
   1: 0200000A:D431 0370528C:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 77 2 0
   2: 0200000A:D432 0370528C:01BB 02 00000001:00000000 01:00000000 00000000  1000        0 78 2 0
"""
TCP6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:A0F0 00000000000000000000000001000000:01BB 01 0:0 0:0 0 0 0 5
   1: 0000000000000000FFFF00000100007F:A0F1 0000000000000000FFFF00000100007F:0050 01 0:0 0:0 0 0 0 6
"""
UNIX = """\
Num       RefCount Protocol Flags    Type St Inode Path
0000000074f2e93d: 00000003 00000000 00000000 0001 03   541
00000000b5d0d752: 00000002 00000000 00010000 0001 01   542 /run/a socket
"""
LOCKS = """\
1: POSIX  ADVISORY  WRITE 700 08:01:41 0 EOF
2: FLOCK  ADVISORY  WRITE 701 00:1f:42 0 EOF
2: -> FLOCK  ADVISORY  WRITE 702 00:1f:42 0 EOF
2:    -> FLOCK  ADVISORY  READ 703 00:1f:42 0 EOF
3: OFDLCK ADVISORY  READ -1 fe:00:43 100 200
"""

little = pytest.mark.skipif(sys.byteorder != "little", reason="recorded on such a machine")


def test_a_name_with_parentheses() -> None:
    assert proc_texts.stat(STAT) == (1234, "git) remote", "S", 1200, 200, 172344)


@pytest.mark.parametrize("text", ["", "1 (x", "1 (x) S 2", "x (y) S" + " 1" * 30])
def test_a_process_that_vanished_while_it_was_read(text: str) -> None:
    assert proc_texts.stat(text) is None


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("0 0x3 0x7f 0x20000 0x0 0x0 0x0 0x7ffe 0x7f77\n", (0, (3, 127, 131072, 0, 0, 0), 32766)),
        ("-1 0x7ffe 0x7f77\n", (-1, (), 32766)),
        ("running\n", None),
        ("", None),
    ],
)
def test_system_calls(text: str, call: object) -> None:
    assert proc_texts.call(text) == call


@little
def test_internet_sockets() -> None:
    found = proc_texts.internet_sockets(TCP, "tcp") | proc_texts.internet_sockets(TCP6, "tcp")
    assert found == {
        1153: ("tcp", "0.0.0.0:2024", "0.0.0.0:0", 10),
        77: ("tcp", "10.0.0.2:54321", "140.82.112.3:443", 1),
        78: ("tcp", "10.0.0.2:54322", "140.82.112.3:443", 2),
        5: ("tcp", "[::1]:41200", "[::1]:443", 1),
        6: ("tcp", "127.0.0.1:41201", "127.0.0.1:80", 1),
    }


def test_unix_sockets() -> None:
    assert proc_texts.unix_sockets(UNIX) == {
        541: ("unix", "", "", 0),
        542: ("unix", "/run/a socket", "", 0),
    }


def test_locks_that_are_waited_for() -> None:
    assert proc_texts.locks(LOCKS) == {702: (42, 701), 703: (42, 701)}


def test_descriptor_facts() -> None:
    facts = "pos:\t0\nflags:\t0100001\nmnt_id:\t15\nino:\t42\n"
    assert proc_texts.writes_only(facts) is True
    assert proc_texts.writes_only(facts.replace("0001", "0000")) is False
    assert proc_texts.writes_only(facts.replace("0001", "0002")) is None
    assert proc_texts.inode_of(facts) == 42
    assert proc_texts.watched("tfd:        3 events: 19\ntfd:       11 events: 1\n") == [3, 11]
    assert proc_texts.pid_of("Pid:\t99\nNSpid:\t99\n") == 99
    assert proc_texts.pid_of("Pid:\t-1\n") == proc_texts.inode_of("") == -1


@little
@pytest.mark.parametrize(
    ("machine", "call", "waits"),
    [
        ("x86_64", "0 0x3", "reads socket 140.82.112.3:443"),
        ("aarch64", "63 0x3", "reads socket 140.82.112.3:443"),
        ("aarch64", "203 0x4", "connects to 140.82.112.3:443"),
        ("x86_64", "42 0x5", "connects to local socket /run/a socket"),
        ("aarch64", "207 0x9", "reads a closed descriptor"),
        ("aarch64", "202 0x6", "waits for a connection to listening socket 0.0.0.0:2024"),
        ("x86_64", "0 0x0", "reads its standard input (the terminal /dev/pts/3)"),
        ("x86_64", "247 0x3 0x7", "waits for process 1234 (git) remote)"),
        ("aarch64", "95 0x1 0x4d2", "waits for process 1234 (git) remote)"),
        ("x86_64", "74 0x8", "waits for the disk to have /tmp/wheel"),
        ("x86_64", "999 0x3", "waits in the kernel's function do_odd"),
        ("aarch64", "0 0x3", "waits in the kernel's function do_odd"),
        ("s390x", "0 0x3", "waits in the kernel's function do_odd"),
    ],
)
def test_a_recorded_machine(tmp_path: Path, machine: str, call: str, waits: str) -> None:
    here = tmp_path / "1234"
    for directory in ("fd", "fdinfo", "net"):
        (here / directory).mkdir(parents=True)
    texts = {"stat": STAT, "net/tcp": TCP, "net/unix": UNIX, "wchan": "do_odd"}
    texts |= {"cmdline": "git\0fetch\0", "fdinfo/7": "Pid:\t1234\n"}
    padding = " 0x0" * (7 - len(call.split()))
    texts["syscall"] = f"{call}{padding} 0x7ffe00000000 0x7f7700000000\n"
    for name, text in texts.items():
        (here / name).write_text(text)
    links = ["/dev/pts/3", "", "", "socket:[77]", "socket:[78]", "socket:[542]", "socket:[1153]"]
    for number, link in enumerate([*links, "anon_inode:[pidfd]", "/tmp/wheel"]):
        if link:
            (here / "fd" / str(number)).symlink_to(link)
    (state,) = look_in(Procfs(tmp_path, machine), 1234)
    assert state.waits == waits
    assert state.command == ("git", "fetch")
    assert state.cpu_seconds == 200 / os.sysconf("SC_CLK_TCK")


# Other systems

MACOS = """\
    1     0 Ss   11-02:03:04   5:06.07 /sbin/launchd
  501     1 S        01:02:03   0:01.50 /usr/bin/python3 -m build --wheel
  502   501 S+          00:24   0:00.03 git fetch origin
  503   501 Z           00:20   0:00.00 (cc)
  504   501 U           00:20   1:00:00.25 ld -o x
garbage
"""


def test_what_ps_says() -> None:
    states = ps.below(MACOS, 501)
    assert [one.pid for one in states] == [501, 502, 503, 504]
    assert states[0] == ProcessState(
        pid=501,
        parent=1,
        command=("/usr/bin/python3", "-m", "build", "--wheel"),
        state="sleeping",
        cpu_seconds=1.5,
        age_seconds=3723,
        waits=NOT_SAID,
        waits_for=(502, 504),
    )
    assert [one.state for one in states[1:]] == ["sleeping", "ended", "waiting for disk"]
    assert states[3].cpu_seconds == 3600.25
    assert stuck(states) == states[1]
    assert ps.below(MACOS, 77) == []
    assert ps.seconds("11-02:03:04") == 11 * 86400 + 2 * 3600 + 3 * 60 + 4


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps")
def test_the_real_ps_is_understood(start: Callable[..., Started]) -> None:
    process = start(f"print(flush=True)\n{SLEEP}")
    assert process.stdout is not None
    assert process.stdout.readline() == b"\n"
    text = subprocess.run(ps.COMMAND, check=True, capture_output=True, text=True).stdout
    (state,) = ps.below(text, process.pid)
    assert (state.parent, state.command[0]) == (os.getpid(), sys.executable)


# In words


def state(pid: int, waits: str, command: str, **fields: object) -> ProcessState:
    values = {"parent": 1, "state": "sleeping", "cpu_seconds": 0.25, "age_seconds": 100.0}
    words = tuple(command.split(" "))
    return ProcessState(pid=pid, waits=waits, command=words, **{**values, **fields})  # type: ignore[arg-type]


def test_the_stuck_process_in_one_sentence() -> None:
    hook = state(10, "waits for process 11 (git)", "/bin/python x.py", waits_for=(11,))
    git = state(11, "reads socket 140.82.112.3:443", "git fetch", parent=10, waits_for=(99,))
    assert (sentence([hook, git], 24), *process_lines([hook, git])) == (
        "git fetch (pid 11) reads socket 140.82.112.3:443, for 24 s",
        "10 python x.py: waits for process 11 (git) (sleeping, 1 min 40 s old, 0.2 s CPU)",
        "  11 git fetch: reads socket 140.82.112.3:443 (sleeping, 1 min 40 s old, 0.2 s CPU)",
    )


def test_nobody_waits_for_longer_than_it_is_there() -> None:
    young = state(10, "sleeps", "sleep 9", age_seconds=3.25)
    assert sentence([young], 24) == "sleep 9 (pid 10) sleeps, for 3.2 s"
    assert sentence([young]) == "sleep 9 (pid 10) sleeps"


def test_of_several_the_oldest_that_lives_is_the_stuck_one() -> None:
    make = state(10, "waits for any of its children", "make", waits_for=(11, 12, 13, 10))
    ended = state(11, "has ended", "cc", state="ended", age_seconds=90.0)
    old, young = (state(pid, "computes", "cc", age_seconds=60.0 - pid) for pid in (12, 13))
    assert stuck([make, ended, young, old]) == old


def test_nothing_is_said_where_nothing_is_seen() -> None:
    assert (stuck([]), sentence([], 1.0), process_lines([])) == (None, "", ())


def test_a_command_is_one_harmless_line() -> None:
    odd = state(1, "reads \x1b]0;x\x07/a\u202eb", f"/usr/bin/python -c a\nb\x1b[31m{'c' * 99}")
    assert called(odd) == f"python -c a b{'c' * 46}…"
    assert sentence([odd]).endswith("(pid 1) reads /ab")
