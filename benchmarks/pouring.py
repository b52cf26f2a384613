"""Hundreds of megabytes from a hook: how it is slowed, what that costs, how keys are answered."""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pairs import Pair
from benchmarks.table import Row
from benchmarks.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PROJECT = Path(__file__).parent / "projects" / "pouring"
BUILDSCOPE = [sys.executable, "-m", "buildscope"]
SMALL_MB = 1
_TOP_LINE = re.compile(r"\s(\d+)\s\s?gcc")
_MIB = 1024


@dataclass
class Poured:
    """What was measured in one run: seconds of the hook, bytes, memory in MB, keys in ms."""

    seconds: float = 0.0
    written: int = 0
    kept: int = 0
    grown: float = 0.0
    keys: list[float] = field(default_factory=list)


def pouring(megabytes: int, runs: int) -> Iterator[Row]:
    """All rows of this module; the second one's runs are pressed keys on."""
    with tempfile.TemporaryDirectory() as name:
        places = Path(name)
        bare, quiet, pressed = [], [], []
        for _ in range(runs):
            bare.append(_thrown_away(places, megabytes))
            quiet.append(_shown(places, megabytes, press=False))
            pressed.append(_shown(places, megabytes, press=True))
        idle = _idle(places)
        pair = Pair([run.seconds for run in quiet], bare)
        yield Row.of(f"{megabytes} MB from a hook, against a pipe thrown away", pair, 1.3)
        grown = max(run.grown for run in (*quiet, *pressed))
        yield Row(f"growth of memory with {megabytes} MB", grown, megabytes, "MB", 50, by="ours")
        kept = max(abs(run.kept - run.written) for run in (*quiet, *pressed))
        yield Row("bytes on disk, less those written", kept, 0, "B", 0, by="ours")
        keys = [latency for run in pressed for latency in run.keys]
        yield Row(
            f"p99 of {len(keys)} keys while it pours, against idle",
            _p99(keys),
            _p99(idle),
            "ms",
            60,
            by="ours",
        )
        yield opening(places, megabytes, runs)


def opening(places: Path, megabytes: int, runs: int) -> Row:
    """``open`` on the newest recorded session, against one with hardly any output."""
    large = places / "large"
    (places / "state").rename(large)
    _shown(places, SMALL_MB, press=False)
    times: dict[Path, list[float]] = {large: [], places / "state": []}
    for _ in range(runs):
        for state, seconds in times.items():
            env = {**_environ(places, 0), "BUILDSCOPE_STATE_DIR": str(state)}
            with closing(Terminal([*BUILDSCOPE, "open", "last"], env=env, cwd=places)) as terminal:
                painted = terminal.wait(lambda text: "all is poured out" in text)
                seconds.append(painted - terminal.started)
    ours, small = (statistics.median(seconds) for seconds in times.values())
    name = f"opening a session of {megabytes} MB, against {SMALL_MB} MB"
    return Row(name, ours, small, "s", 1.0, by="ours")


def _thrown_away(places: Path, megabytes: int) -> float:
    """Seconds of the bare hook whose output goes through a pipe to nowhere."""
    env = _environ(places, megabytes)
    (places / "go").touch()
    command = [sys.executable, str(PROJECT / "backend.py")]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while os.read(process.stdout.fileno(), 1 << 16):
            pass
    return float((places / "seconds").read_text().split()[0])


def _shown(places: Path, megabytes: int, *, press: bool) -> Poured:
    """One run of the hook in the debugger, with keys pressed until it ends, or not."""
    poured, done = Poured(), places / "seconds"
    with _started(places, megabytes) as terminal:
        before = _memory(terminal, "VmRSS")
        Path(f"/proc/{terminal.process.pid}/clear_refs").write_text("5")
        (places / "go").touch()
        if press:
            terminal.wait(_top_line)
            poured.keys = _press(terminal, done.exists)
        terminal.wait(lambda text: "all is poured out" in text and "failed" in text)
        terminal.look(1.0)
        poured.grown = (_memory(terminal, "VmHWM") - before) / _MIB
    seconds, written = done.read_text().split()
    poured.seconds, poured.written = float(seconds), int(written)
    newest = max((places / "state").rglob("stdout"), key=lambda path: path.stat().st_mtime)
    poured.kept = newest.stat().st_size
    return poured


def _idle(places: Path) -> list[float]:
    """The same keys on the same lines when nothing runs any more."""
    with _started(places, SMALL_MB) as terminal:
        (places / "go").touch()
        terminal.wait(lambda text: "all is poured out" in text and "failed" in text)
        terminal.press("O")
        terminal.wait(_top_line)
        return _press(terminal, lambda: False)


@contextmanager
def _started(places: Path, megabytes: int) -> Iterator[Terminal]:
    """The debugger whose hook waits for its ``go``; each on a project that nobody has built."""
    for name in ("go", "seconds"):
        (places / name).unlink(missing_ok=True)
    project = places / "pouring"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(PROJECT, project)
    env = _environ(places, megabytes)
    with closing(Terminal([*BUILDSCOPE, str(project)], env=env, cwd=places)) as terminal:
        terminal.wait(lambda text: "build_wheel has printed nothing yet" in text)
        terminal.look(0.5)
        yield terminal


def _press(terminal: Terminal, ended: Callable[[], bool], most: int = 120) -> list[float]:
    """Milliseconds from each key to its answer, until the end or after ``most`` keys.

    From the end to the first line, two pages down, up and to the end again: each is answered by
    another number at the top. What comes after the end does not count.
    """
    found: list[float] = []
    while not ended() and len(found) < most:
        for key in "g", "  ", " ", "g", "G":  # the first page down only moves the cursor
            wanted = _answer(key, _top_line(terminal.text), ended)
            pressed = terminal.press(key)
            answered = terminal.wait(wanted)
            if ended():
                break
            found.append((answered - pressed) * 1000)
            terminal.look(random.uniform(0.01, 0.03))
    return found


def _answer(key: str, before: int, ended: Callable[[], bool]) -> Callable[[str], bool]:
    """What holds for the screen once it shows what ``key`` did, or nothing is measured any more.

    Following the end, the screen moves by itself: there only the first line is an answer.
    """
    if key == "g":
        return lambda text: _top_line(text) == 1 or ended()
    return lambda text: _top_line(text) not in {before, 0} or ended()


def _top_line(text: str) -> int:
    """The number of the first line of output in view; 0 where there is none."""
    found = _TOP_LINE.search(text)
    return int(found[1]) if found else 0


def _memory(terminal: Terminal, name: str) -> float:
    """``VmRSS`` or ``VmHWM`` of the program, in kB."""
    status = Path(f"/proc/{terminal.process.pid}/status").read_text(encoding="ascii")
    return float(status.partition(name + ":")[2].split()[0])


def _environ(places: Path, megabytes: int) -> Mapping[str, str]:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {
        **variables,
        "BUILDSCOPE_STATE_DIR": str(places / "state"),
        "BUILDSCOPE_CACHE_DIR": str(places / "cache"),
        "POUR_DIR": str(places),
        "POUR_MB": str(megabytes),
    }


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)] if values else 0.0
