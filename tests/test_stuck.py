"""A hook that hangs: where it stands, told while it runs and where it was stopped."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from buildscope.hooks.dumped import Dump
from buildscope.journal.deeds import REPORTS, DeedReader
from buildscope.model.failure import Frame
from buildscope.model.settings import Settings
from buildscope.process.handle import Handle
from buildscope.process.stop import Stop
from buildscope.process.waiting import look
from buildscope.reports.document import document, schema
from buildscope.reports.evidence import stand_of
from buildscope.reports.stuck import last_lines, place, stand, stand_sentence
from buildscope.reports.text import report
from buildscope.session.runner import Runner
from tests.helpers.json_schema import violations
from tests.helpers.procs import NEWEST, OLDEST, PROJECTS, PYTHONS, Lab
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.hooks.call import HookOutcome
    from buildscope.model.waiting import ProcessState
    from tests.conftest import SessionFactory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], PYTHONS[NEWEST]])

WAYS = {
    "sleep": ("time.sleep(SECONDS)  # the line that hangs", "the hook (pid", "sleeps"),
    "compute": ("while True:|pass", "the hook (pid", "computes"),
    "process": ('subprocess.run(["sleep", str(SECONDS)], check=True)', "sleep 1000 (", "sleeps"),
    "stdin": ("child.wait()", "input('Password: ')", "reads its standard input"),
    "connect": ("connection.recv(1)", "the hook (pid", "reads socket 127.0.0.1:"),
    "lock": ("fcntl.flock(file, fcntl.LOCK_EX)", "import fcntl, sys, time", "sleeps"),
    "deadlock": ("fcntl.flock(again, fcntl.LOCK_EX)", "the hook (pid", "(held by itself)"),
    "thread": ("worker.join()", "the hook (pid", "waits for another thread"),
}
"""For each way of hanging: the project's line, who is named, and what it does."""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "hanging", tmp_path / "hanging"))


def in_tree(tmp_path: Path, text: str) -> Path:
    """A project whose backend, ``backend``, has that text."""
    project = tmp_path / "in-tree"
    project.mkdir()
    (project / "backend.py").write_text(text)
    return project


class Watched:
    """A hook that runs in a thread, and can be looked at as a session looks at it."""

    def __init__(self, lab: Lab, project: Path, **options: Any) -> None:
        self.handle = Handle()
        self.lab = lab
        self.reports = lab.directory / f"evidence-{lab.count + 1}" / REPORTS
        self.stdout = lab.directory / f"output-{lab.count + 1}" / "stdout"
        self._pool = ThreadPoolExecutor(1)
        options = {"hook": "build_wheel", "backend": "backend", **options}
        self.ended = self._pool.submit(lab.hook, project=project, handle=self.handle, **options)

    def look(self) -> tuple[ProcessState, ...]:
        pid = self.handle.pid
        return look(pid) if pid is not None and self.handle.ask_stack() else ()

    def seen(self, condition: Callable[[str], bool]) -> str:
        """What is told of it, as soon as ``condition`` holds for that; it is asked repeatedly."""
        told = ""

        def holds() -> bool:
            nonlocal told
            processes = self.look()
            deeds = DeedReader(self.reports)
            deeds.refresh()
            found = stand(deeds.stack, processes, deeds.deeds)
            told = "\n".join((stand_sentence(found), *last_lines(found)))
            return condition(told)

        wait_until(holds)
        return told

    def rests(self, what: str) -> None:
        """Wait until it has answered the last question and does ``what`` again."""
        pid = self.handle.pid
        assert pid is not None
        wait_until(lambda: what in stand_sentence(stand((), look(pid), ())))

    def stopped(self) -> HookOutcome:
        self.lab.stop.request("enough")
        return self.ended.result(60)

    def close(self) -> None:
        self.lab.stop.request("the test ended")
        self._pool.shutdown()


@contextmanager
def watched(lab: Lab, project: Path, **options: Any) -> Iterator[Watched]:
    hook = Watched(lab, project, **options)
    try:
        yield hook
    finally:
        hook.close()


def build(way: str, directory: Path) -> dict[str, Any]:
    settings = {"hang": way}
    return {"wheel_directory": str(directory), "config_settings": settings}


def check(outcome: HookOutcome, way: str) -> None:
    """The project's line, the sentence and the processes are those of that way."""
    source, who, what = WAYS[way]
    frame = place(outcome.stack)
    assert frame is not None
    assert frame.source in source.split("|")
    assert (frame.file, frame.owner) == ("backend.py", "project")
    told = stand_sentence(stand(outcome.stack, outcome.waiting, ()))
    assert told.startswith(f"at backend.py:{frame.line} {frame.source} · ")
    assert who in told
    assert what in told
    children = way in {"process", "stdin", "lock"}
    assert len(outcome.waiting) == (2 if children else 1)


@pytest.mark.parametrize("way", WAYS)
def test_a_timeout_tells_where_it_stood(lab: Lab, hanging: Path, tmp_path: Path, way: str) -> None:
    outcome = lab.hook(
        "build_wheel", build(way, tmp_path), project=hanging, backend="backend", timeout=2.5
    )
    assert (outcome.ended.timed_out, outcome.exception) == (True, None)
    check(outcome, way)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_seen_while_it_runs_and_told_when_it_is_stopped(
    lab: Lab, hanging: Path, tmp_path: Path, way: str
) -> None:
    source, who, what = WAYS[way]
    with watched(lab, hanging, kwargs=build(way, tmp_path)) as hook:
        told = hook.seen(
            lambda text: (
                who in text.partition("\n")[0]
                and what in text.partition("\n")[0]
                and any(one in text for one in source.split("|"))
            )
        )
        if way in {"process", "stdin", "lock"}:
            assert "last sub-process: " in told
            assert "(no end seen)" in told
        if way == "connect":
            assert "last connection: connected to 127.0.0.1:" in told
        hook.rests(what)
        outcome = hook.stopped()
    assert outcome.ended.stopped
    check(outcome, way)


DISTURBABLE = """
import hashlib, os, select, socket, subprocess, sys, threading, time

def later(do):
    thread = threading.Timer(0.3, do)
    thread.start()

def slept():
    began = time.monotonic()
    time.sleep(0.5)
    return time.monotonic() - began >= 0.49

def ran():
    code = "import sys, time; time.sleep(0.3); sys.stdout.write('x' * 200000)"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    return len(done.stdout) == 200000

def received():
    ours, theirs = socket.socketpair()
    later(lambda: theirs.sendall(b"late"))
    return ours.recv(4) == b"late"

def timed_out():
    ours, theirs = socket.socketpair()
    ours.settimeout(0.4)
    try:
        ours.recv(1)
    except socket.timeout:
        return True

def selected():
    reader, writer = os.pipe()
    later(lambda: os.write(writer, b"late"))
    return select.select([reader], [], [], 20)[0] == [reader]

def nothing_selected():
    return select.select([], [], [], 0.3) == ([], [], [])

def typed():
    reader, writer = os.pipe()
    os.dup2(reader, 0)
    sys.stdin = open(0)
    later(lambda: os.write(writer, b"a line\\n"))
    return input() == "a line"

def waited():
    lock = threading.Lock()
    lock.acquire()
    later(lock.release)
    return lock.acquire(timeout=20)

def computed():
    value = b""
    for _ in range(150000):
        value = hashlib.sha256(value).digest()
    return value.hex().startswith("") and len(value) == 32

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("ready", flush=True)
    ways = (slept, ran, received, timed_out, selected, nothing_selected, typed, waited, computed)
    return ",".join(way.__name__ for way in ways if not way())
"""


@old_and_new
def test_looking_does_not_disturb(lab: Lab, tmp_path: Path, python: str) -> None:
    project = in_tree(tmp_path, DISTURBABLE)
    kwargs = {"wheel_directory": str(tmp_path)}
    looks = 0
    with watched(lab, project, kwargs=kwargs, python=python) as hook:
        pause = threading.Event()
        while not hook.ended.done():
            looks += bool(hook.look())
            pause.wait(0.02)
        outcome = hook.ended.result()
    assert looks > 20
    assert (outcome.result, outcome.exception, outcome.faults) == ("", None, ())
    assert outcome.ended.ok
    told = [json.loads(line) for line in hook.reports.read_text().splitlines()]
    stacks = [one["content"] for one in told if one["event"] == "stack"]
    assert any(frame["file"] == "backend.py" for stack in stacks for frame in stack)
    assert any(stack[0]["owner"] == "frontend" for stack in stacks if stack)


@old_and_new
def test_a_wheel_is_the_same_when_it_was_looked_at(
    lab: Lab, hanging: Path, tmp_path: Path, python: str
) -> None:
    kwargs = build("", tmp_path)
    backend = hanging / "backend.py"
    backend.write_text(backend.read_text().replace("record = []", "record = []; busy()") + BUSY)
    undisturbed = lab.hook("build_wheel", kwargs, project=hanging, backend="backend", python=python)
    wheel = tmp_path / undisturbed.result
    before = wheel.read_bytes()
    wheel.unlink()
    with watched(lab, hanging, kwargs=kwargs, python=python) as hook:
        while not hook.ended.done():
            hook.look()
        assert hook.ended.result().result == undisturbed.result
    assert timeless(wheel.read_bytes()) == timeless(before)


BUSY = """
def busy():
    for _ in range(3_000_000):
        pass
"""


def timeless(wheel: bytes) -> dict[str, bytes]:
    """What is in a wheel; the times in it are those of its making."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(wheel)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@old_and_new
def test_a_hook_that_blocks_in_c_is_dumped(lab: Lab, tmp_path: Path, python: str) -> None:
    text = (
        "def build_wheel(*a, **k):\n"
        "    print('ready', flush=True)\n"
        "    return sum(range(10**13))  # é: nothing of Python runs here\n"
    )
    folder = tmp_path / "Größe"
    folder.mkdir()
    project = in_tree(folder, text)
    with watched(lab, project, kwargs={"wheel_directory": str(tmp_path)}, python=python) as hook:
        told = hook.seen(lambda text: "nothing of Python runs here" in text)
        assert told.startswith(
            "at backend.py:3 return sum(range(10**13))  # é: nothing of Python runs here · the hook"
        )
        outcome = hook.stopped()
    assert outcome.stack[-1].owner == "project"
    assert {frame.owner for frame in outcome.stack} == {"project", "frontend"}
    assert outcome.ended.signal == "SIGTERM"


OWN_HANDLER = """
import signal, time

def build_wheel(*a, **k):
    got = []
    signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
    print("ready", flush=True)
    time.sleep(1000)
"""


@old_and_new
def test_a_hook_with_a_handler_of_its_own_has_processes_only(
    lab: Lab, tmp_path: Path, python: str
) -> None:
    project = in_tree(tmp_path, OWN_HANDLER)
    with watched(lab, project, kwargs={"wheel_directory": str(tmp_path)}, python=python) as hook:
        wait_until(lambda: hook.stdout.exists() and hook.stdout.read_text() == "ready\n")
        told = hook.seen(lambda text: "sleeps" in text)
        assert told.startswith("the hook (pid ")
        outcome = hook.stopped()
    assert (outcome.stack, outcome.exception) == ((), None)
    assert outcome.waiting[0].waits == "sleeps"


NO_HANDLER = """
import os, signal, sys, time

def build_wheel(*a, **k):
    if {becomes}:
        code = "import time; print('ready', flush=True); time.sleep(1000)"
        os.execv(sys.executable, [sys.executable, "-c", code])
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    print("ready", flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("becomes", [True, False])
def test_a_process_without_a_handler_is_not_ended_by_a_look(
    lab: Lab, tmp_path: Path, *, becomes: bool
) -> None:
    project = in_tree(tmp_path, NO_HANDLER.format(becomes=becomes))
    with watched(lab, project, kwargs={"wheel_directory": str(tmp_path)}) as hook:
        wait_until(lambda: hook.stdout.exists() and hook.stdout.read_text() == "ready\n")
        hook.seen(lambda text: "sleeps" in text)
        for _ in range(20):
            assert hook.look()
        outcome = hook.stopped()
    assert outcome.ended.stopped
    assert outcome.ended.signal == "SIGTERM"


def test_without_the_inspector_processes_are_seen_and_a_look_harms_nothing(
    lab: Lab, hanging: Path, tmp_path: Path
) -> None:
    kwargs = build("process", tmp_path)
    with watched(lab, hanging, kwargs=kwargs, inspect=False) as hook:
        told = hook.seen(lambda text: "sleep 1000 (pid" in text)
        assert told.startswith("sleep 1000 (pid ")
        outcome = hook.stopped()
    assert (outcome.stack, outcome.ended.signal) == ((), "SIGTERM")
    assert [state.command[0] for state in outcome.waiting][1] == "sleep"


def test_looking_from_the_first_moment_on_harms_no_hook(lab: Lab, tmp_path: Path) -> None:
    text = "def build_wheel(*a, **k):\n    return 'made.whl'\n"
    project = in_tree(tmp_path, text)
    for _ in range(5):
        with watched(lab, project, kwargs={"wheel_directory": str(tmp_path)}) as hook:
            while not hook.ended.done():
                hook.handle.ask_stack()
            outcome = hook.ended.result()
        lab.stop = Stop()
        assert (outcome.result, outcome.ended.ok) == ("made.whl", True), outcome


SETUPTOOLS = """
import time

def wait():
    time.sleep(1000)  # in setup.py

wait()
"""


def test_a_dump_of_setup_py_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(SETUPTOOLS)
    dump = Dump(tmp_path)
    for line in (
        "Stack (most recent call first):",
        '  File "<string>", line 5 in wait',
        '  File "<string>", line 7 in <module>',
        '  File "/env/lib/python3.8/site-packages/setuptools/build_meta.py", line 3 in run_setup',
        '  File "/e/site-packages/pyproject_hooks/_in_process/_in_process.py", line 9 in main',
        '  File "<string>", line 1 in <module>',
    ):
        dump.take(line)
    frames = dump.frames()
    assert [(frame.file.rpartition("/")[2], frame.line, frame.owner) for frame in frames] == [
        ("<string>", 1, "backend"),
        ("_in_process.py", 9, "frontend"),
        ("build_meta.py", 3, "backend"),
        ("setup.py", 7, "project"),
        ("setup.py", 5, "project"),
    ]
    assert frames[-1].source == "time.sleep(1000)  # in setup.py"
    assert dump.frames() == ()


def test_a_dump_follows_another_of_the_same_length(tmp_path: Path) -> None:
    dump = Dump(tmp_path)
    for line in (3, 4):
        dump.take("Stack (most recent call first):")
        dump.take(f'  File "/usr/lib/python3.9/socket.py", line {line} in recv')
        assert [(frame.line, frame.owner) for frame in dump.frames()] == [(line, "stdlib")]


def test_names_that_are_not_ascii_are_read_back(tmp_path: Path) -> None:
    folder = tmp_path / "Größe 𝄞"
    folder.mkdir()
    (folder / "a.py").write_text("first\nsecond\n")
    written = str(folder / "a.py").encode("ascii", "backslashreplace").decode()
    dump = Dump(folder)
    dump.take(f'  File "{written}", line 2 in f')
    assert dump.frames() == (Frame(file="a.py", line=2, function="f", source="second"),)


# The whole: a session, its record, its texts


def run_session(session: Any, **settings: Any) -> Any:
    return session.run(Settings(**settings), Stop())


def test_a_timeout_is_the_cause_and_stands_in_every_report(
    session_on: SessionFactory, hanging: Path
) -> None:
    session = session_on(hanging)
    attempt = run_session(session, config_settings={"hang": "process"}, timeout=2.5)
    assert (attempt.outcome, attempt.causes[0].id) == ("failed", "timeout")
    run = attempt.phase("build_wheel")
    assert stand_of(run).command is not None
    assert attempt.causes[0].summary.endswith(
        """'subprocess.run(["sleep", str(SECONDS)], check=True)'"""
    )
    told = json.loads(document(session.record))
    declared = json.loads(schema())
    assert violations(told, declared, declared) == []
    phase = next(it for it in told["attempts"][0]["phases"] if it["name"] == "build_wheel")
    assert "backend.py" in {frame["file"] for frame in phase["stack"]}
    assert phase["waiting"][1]["command"] == ["sleep", "1000"]
    text = "\n".join(line.plain for part in report(session.record) for line in part.texts)
    assert "Where it stood" in text
    assert "last sub-process: sleep 1000 (no end seen)" in text


def test_a_stop_is_told_with_where_it_stood(session_on: SessionFactory, hanging: Path) -> None:
    session = session_on(hanging)
    runner = Runner(session)
    runner.start(Settings(config_settings={"hang": "sleep"}))
    reports: Callable[[], str] = lambda: "".join(  # noqa: E731
        path.read_text() for path in session.directory.glob("attempts/1/build_wheel/stdout")
    )
    wait_until(lambda: "hangs now" in reports())
    wait_until(lambda: any(state.waits == "sleeps" for state in session.look()))
    runner.stop("pressed x")
    runner.join(60)
    attempt = session.record.last
    assert attempt is not None
    assert attempt.outcome == "cancelled"
    run = attempt.phase("build_wheel")
    assert run.stack[-1].source == "time.sleep(SECONDS)  # the line that hangs"
    text = "\n".join(line.plain for part in report(session.record) for line in part.texts)
    assert "time.sleep(SECONDS)" in text


def test_nothing_is_looked_at_where_no_hook_runs(session_on: SessionFactory, hanging: Path) -> None:
    session = session_on(hanging)
    assert session.look() == ()
    attempt = run_session(session)
    assert attempt.outcome == "built"
    assert session.look() == ()
    assert not stand_of(attempt.phase("environment")).known
    assert not stand_of(attempt.phase("build_wheel")).known


def test_a_process_that_is_held_is_not_asked(lab: Lab, tmp_path: Path) -> None:
    project = in_tree(tmp_path, "def build_wheel(*a, **k):\n    raise ValueError('no')\n")
    with watched(lab, project, kwargs={"wheel_directory": str(tmp_path)}) as hook:
        hook.ended.result(60)
        assert hook.handle.pid is None
        assert not hook.handle.ask_stack()
    lab.stop, handle = Stop(), Handle(hold=True)
    outcome = lab.hook(
        "build_wheel",
        {"wheel_directory": str(tmp_path)},
        project=project,
        backend="backend",
        handle=handle,
    )
    try:
        assert outcome.ended.held
        assert (handle.pid, handle.ask_stack()) == (None, False)
        assert handle.held is not None
        assert handle.held.alive
    finally:
        handle.release()
