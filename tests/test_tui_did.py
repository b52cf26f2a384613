"""The Did tab: rows from records, then keys on a screen."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.model.did import Command, Connected, Exited, More, Opened, Sought, Spawned
from buildscope.model.run import Attempt, PhaseRun
from buildscope.model.settings import Settings
from buildscope.reports import did
from buildscope.tui.terminal import Terminal
from buildscope.tui.view.did import DidRows, Shown, TimeLine
from buildscope.tui.view.did_details import argument_lines
from buildscope.tui.view.marks import to_ascii
from tests.helpers.deeds import BASE, SETUP, gcc
from tests.helpers.screens import NARROW, NORMAL, WIDE, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import App

    from buildscope.model.did import Deed
    from tests.helpers.fake_session import FakeSession
    from tests.helpers.screens import Screen

NO_FOLDS: frozenset[str] = frozenset()
SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL, WIDE], ids=["80", "120", "200"])


def running(name: str) -> Command:
    return Command(start=gcc(name, id="2").start)


def rows(
    *deeds: Deed,
    folds: frozenset[str] = NO_FOLDS,
    width: int = 100,
    status: str = "failed",
    now: float | None = None,
) -> DidRows:
    run = PhaseRun(name="build_wheel", status=status, reports="/r", call="build_wheel")  # type: ignore[arg-type]
    return TimeLine().rows(Shown(Attempt(id=1), run, deeds, (), 1, now), folds, width)


def plain(made: DidRows) -> list[str]:
    return [one.plain.rstrip() for one in made.rows]


def test_it_says_first_that_this_is_no_sandbox() -> None:
    assert plain(rows(gcc("a")))[0].startswith("Observed, not a sandbox")
    assert "sub-processes do by themselves is not seen" in plain(rows(gcc("a")))[0]


@pytest.mark.parametrize("width", [50, 78, 118])
def test_a_command_has_a_row_as_wide_as_the_pane(width: int) -> None:
    made = rows(gcc("second", 1), width=width)
    (head,) = (one for one in made.rows if one.key == "fold:did:1")
    assert head.width == width
    assert head.plain.startswith("   1.00 ✗ $ gcc … -c ")
    assert head.plain.endswith("exit 1  0.5 s  setup.py:3")
    assert head.where == ("setup.py", 3)


def test_marks_tell_failed_running_and_passed() -> None:
    told = plain(rows(gcc("a"), gcc("b", 1), running("c"), status="running", now=9.4))[3:]
    assert [line[8] for line in told] == [" ", "✗", "▸"]
    assert "running  8.0 s" in told[2]
    assert "exit" not in told[0]
    assert "its end was not seen" in plain(rows(running("c")))[-1]
    assert "killed by SIGKILL" in plain(rows(gcc("a", -9)))[-1]
    assert "could not be started" in plain(rows(gcc("a", None)))[-1]


def test_a_command_unfolds() -> None:
    made = rows(gcc("a", 1), folds=frozenset({"did:1"}))
    told = [" ".join(line.split()) for line in plain(made)[4:]]
    assert told == [
        "program /usr/bin/gcc",
        "with -Wall -O2 -I/usr/include/python3.11 -c a.c -o a.o",
        "in /t/src",
        "env GONE is not set",
        "PLAT=linux",
        "by setuptools/base.py:1177 call",
        "subprocess.check_call(cmd)",
        "led by setup.py:3 <module>",
        "setup(",
        "ended exit 1 after 0.50 s",
    ]
    assert made.rows[-2].key == "place:setup.py:3"
    assert made.rows[-2].where == ("setup.py", 3)
    assert [made.command_at(at) is None for at in (0, 3, len(made.rows) - 1)] == [
        True,
        False,
        False,
    ]
    assert made.command_at(len(made.rows)) is None


def test_arguments_stand_with_their_options() -> None:
    arguments = ("-Wall", "-c", "a b.c", "-o", "out", "x")
    assert list(argument_lines(arguments, 14)) == ["-Wall", "-c 'a b.c'", "-o out x"]


def test_what_every_backend_tries_is_folded_and_the_project_is_not() -> None:
    tried = [Sought(at=1.0, name=f"m{n}", by=BASE, led_by=SETUP) for n in range(5)]
    own = Sought(at=2.0, name="mine", by=SETUP)
    told = plain(rows(*tried, own))
    assert told[3].startswith("   1.00 ▸ 5 modules not found by the backend")
    assert told[4].startswith("   2.00   import mine: not found")
    opened_fold = plain(rows(*tried, own, folds=frozenset({"did:sought"})))
    assert sum("import m" in line for line in opened_fold) == 6


def test_few_files_are_listed_and_many_are_folded() -> None:
    few = [Opened(at=1.0, path=f"/x/{n}", writing=True, by=SETUP) for n in range(3)]
    assert sum("wrote /x/" in line for line in plain(rows(*few))) == 3
    many = [*few, *few]
    assert any("▸ 6 files written outside" in line for line in plain(rows(*many)))


def test_more_than_is_told_is_said() -> None:
    run = PhaseRun(name="build_wheel", status="failed", reports="/r", call="build_wheel")
    shown = Shown(Attempt(id=1), run, (gcc("a"),), (More(kind="opened", most=500),), 1)
    assert "more than 500 files opened elsewhere" in plain(TimeLine().rows(shown, NO_FOLDS, 80))[-1]


@pytest.mark.parametrize(
    ("fields", "inspect", "said"),
    [
        ({"name": "source", "status": "passed"}, True, "source called no hook"),
        ({"name": "build_wheel", "status": "pending"}, True, "build_wheel has not run"),
        ({"name": "build_wheel", "status": "skipped"}, True, "build_wheel was skipped"),
        ({"name": "build_wheel", "status": "passed", "call": "x"}, False, "--no-inspect"),
        ({"name": "build_wheel", "status": "running", "call": "x", "reports": "/r"}, True, "yet"),
        ({"name": "build_wheel", "status": "passed", "call": "x", "reports": "/r"}, True, "did nothing"),
    ],
)  # fmt: skip
def test_why_it_is_empty(fields: dict[str, str], inspect: bool, said: str) -> None:
    run = msgspec.convert(fields, PhaseRun)
    attempt = Attempt(id=1, settings=Settings(inspect=inspect))
    made = TimeLine().rows(Shown(attempt, run), NO_FOLDS, 78)
    assert said in "\n".join(plain(made))
    assert "Nothing has run" in "\n".join(plain(TimeLine().rows(Shown(), NO_FOLDS, 78)))


def test_rows_of_what_has_not_changed_are_the_same_ones() -> None:
    line, run = TimeLine(), PhaseRun(name="build_wheel", status="running", reports="/r")
    first = line.rows(Shown(Attempt(id=1), run, (gcc("a"),), (), 1), NO_FOLDS, 80)
    assert line.rows(Shown(Attempt(id=1), run, (gcc("a"),), (), 1), NO_FOLDS, 80) is first
    deeds = (gcc("a"), running("b"))
    second = line.rows(Shown(Attempt(id=1), run, deeds, (), 2), NO_FOLDS, 80)
    third = line.rows(Shown(Attempt(id=1), run, (*deeds, gcc("c", id="3")), (), 3), NO_FOLDS, 80)
    assert third.rows[3] is second.rows[3]
    assert len(third.rows) == len(second.rows) + 1


def test_everything_has_a_stand_in_for_ascii() -> None:
    made = rows(gcc("a", 1), running("b"), folds=frozenset({"did:1"}), status="running", now=3.0)
    assert "?" not in to_ascii("\n".join(one.plain for one in made.rows))


def test_usual_options_of_compilers_are_left_out_and_others_are_not() -> None:
    assert did.short_command(gcc("a").start.argv) == "gcc … -c a.c -o a.o"
    assert did.short_command(("x86_64-linux-gnu-gcc-12", "-shared", "-Lx", "a.o")) == (
        "x86_64-linux-gnu-gcc-12 -shared … a.o"
    )
    assert did.short_command(("git", "-C", "/x y", "-m", "z")) == "git -C '/x y' -m z"
    assert did.short_command(()) == ""


def test_the_command_that_decided_is_the_last_that_failed() -> None:
    run = PhaseRun(name="build_wheel", status="failed")
    tried, passed = gcc("a", 1, at=1.0), gcc("b", 0, at=3.0)
    assert did.deciding_command(run, (tried,)) is tried
    assert did.deciding_command(run, (tried, passed)) is None
    assert did.deciding_command(PhaseRun(name="build_wheel", status="passed"), (tried,)) is None
    with_name = msgspec.convert(
        {
            "name": "build_wheel",
            "status": "failed",
            "exception": {"type": "CompileError", "message": "command '/usr/bin/gcc' failed"},
        },
        PhaseRun,
    )
    assert did.deciding_command(with_name, (tried, passed)) is tried


# On a screen


class Pretended(Terminal):
    """Runs what it is lent for at once."""

    def __init__(self) -> None:
        super().__init__({"PATH": os.environ["PATH"]})
        self.ended: list[int] = []
        self.waits = 0

    def lend(self, app: App[None], program: Callable[[], int]) -> int | OSError | None:
        del app
        self.ended.append(program())
        return self.ended[-1]

    def wait(self) -> None:
        self.waits += 1


def compiles_in_vain(session: FakeSession) -> None:
    """A hook that fails because of its second command, in a directory that exists."""
    session.started()
    session.up_to_get_requires()
    for name in ("get_requires", "install_dynamic", "prepare_metadata"):
        session.phase_ended(name)
    session.phase_started("build_wheel", call="build_wheel", reports=True)
    folder = session.directory / "attempts" / "1" / "build_wheel"
    here = str(session.directory)
    deeds = (
        Sought(at=0.1, name="Cython", by=BASE, led_by=SETUP),
        Spawned(at=0.2, id="a", argv=("sh", "-c", "exit 0", "first"), cwd=here, by=SETUP),
        Exited(at=0.3, id="a", code=0, seconds=0.1),
        Spawned(at=0.4, id="b", argv=("sh", "-c", "exit 3", "second"), cwd=here, by=BASE, led_by=SETUP),
        Exited(at=0.5, id="b", code=3, seconds=0.1),
        Connected(at=0.6, host="example.org", port=443, by=SETUP),
    )  # fmt: skip
    lines = b"".join(msgspec.json.encode(deed) + b"\n" for deed in deeds)
    (folder / "reports.jsonl").write_bytes(lines)
    session.phase_ended("build_wheel", "failed", exit_code=1)
    session.ended("failed", failed="build_wheel")


def pasted(line: str) -> int:
    return subprocess.run(["sh", "-c", line], check=False).returncode


async def on(screen: Screen, text: str) -> None:
    """Put the cursor of Did on the row that has ``text``."""
    at = next(n for n, row in enumerate(screen.app.main.did.rows) if text in row.plain)
    screen.app.main.did.go_to(at)
    await screen.settled()


@SIZES
async def test_the_time_line_is_shown_and_unfolds(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, compiles_in_vain, size) as screen:
        await screen.press("D")
        assert screen.focused == "did"
        assert "Observed, not a sandbox" in screen.text
        assert "2 commands, 1 failed" in screen.text
        assert "0.40 ✗ $ sh -c 'exit 3' second" in screen.text
        assert "connected to example.org:443" in screen.text
        await on(screen, "second")
        await screen.press("enter")
        assert "led by  setup.py:3 <module>" in screen.text
        await screen.press("enter")
        assert "led by  setup.py:3" not in screen.text


async def test_y_copies_a_line_that_pastes_into_a_shell(tmp_path: Path) -> None:
    async with opened(tmp_path, compiles_in_vain) as screen:
        await screen.press("D")
        await on(screen, "second")
        await screen.press("y")
        line = screen.app.clipboard
        assert pasted(line) == 3
        await screen.press("enter", "j", "y")
        assert screen.app.clipboard == line
        await on(screen, "example.org")
        await screen.press("y")
        assert "connected to example.org:443" in screen.app.clipboard


async def test_search_finds_a_command(tmp_path: Path) -> None:
    async with opened(tmp_path, compiles_in_vain) as screen:
        await screen.press("D", "slash")
        await screen.typed("exit 3")
        await screen.press("enter")
        assert "1 of 1 lines that match" in screen.footer


async def test_enter_on_who_started_it_opens_that_line(tmp_path: Path) -> None:
    async with opened(tmp_path, compiles_in_vain) as screen:
        await screen.press("D")
        await on(screen, "second")
        await screen.press("enter")
        await on(screen, "led by")
        await screen.press("enter")
        assert screen.app.main.scene.tab == "source"
        assert screen.app.main.file == "setup.py"


async def test_a_command_is_run_again_by_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    terminal = Pretended()
    async with opened(tmp_path, compiles_in_vain, terminal=terminal) as screen:
        await screen.press("D")
        await on(screen, "second")
        await screen.press("ctrl+r")
        assert (terminal.ended, terminal.waits) == ([3], 1)
        assert "run again: sh -c 'exit 3' second (exit code 3)" in screen.footer
    told = capfd.readouterr().err
    assert "$     sh -c 'exit 3' second" in told
    assert "exit 3, then it was: exit 3. enter goes back" in told


async def test_why_no_command_is_run_again(tmp_path: Path) -> None:
    terminal = Pretended()
    async with opened(tmp_path, compiles_in_vain, terminal=terminal) as screen:
        await screen.press("ctrl+r")
        assert "choose one in Did (D)" in screen.footer
        await screen.press("D")
        await on(screen, "example.org")
        await screen.press("ctrl+r")
        assert "choose one in Did (D)" in screen.footer
        assert terminal.ended == []


async def test_it_is_live_while_a_hook_runs(tmp_path: Path) -> None:
    def begins(session: FakeSession) -> None:
        session.started()
        session.up_to_get_requires()
        session.phase_started(
            "get_requires",
            call="get_requires_for_build_wheel",
            reports=True,
        )

    terminal = Pretended()
    async with opened(tmp_path, begins, running=True, terminal=terminal) as screen:
        await screen.press("D")
        assert "get_requires has done nothing yet that is observed" in screen.text
        file = tmp_path / "attempts" / "1" / "get_requires" / "reports.jsonl"
        start = Spawned(at=1.0, id="a", argv=("make", "all"), cwd="/", by=SETUP)
        file.write_bytes(msgspec.json.encode(start) + b"\n")
        await screen.until(lambda: "▸ $ make all" in screen.text)
        await on(screen, "make all")
        await screen.press("ctrl+r")
        assert "is running, in the same tree: x stops it" in screen.footer
        with file.open("ab") as more:
            more.write(msgspec.json.encode(Exited(at=2.0, id="a", code=2, seconds=1.0)) + b"\n")
        await screen.until(lambda: "✗ $ make all" in screen.text)
        assert terminal.ended == []
