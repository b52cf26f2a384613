"""Home: name a target, or go on with a session."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from buildscope.session.here import project_here
from buildscope.session.listed import Listed
from buildscope.tui.home import HomeApp
from buildscope.tui.look import Look
from buildscope.tui.paths import path_beginning
from buildscope.tui.view.home import age, home_rows
from tests.helpers.fake_session import FakeSession
from tests.helpers.screens import NARROW, NORMAL, TERMINAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

NOW = 1_700_100_000.0
SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])
PYPROJECT = """
[project]
name = "my-ext"
version = "0.3"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""


class Home:
    """What a test does with home."""

    def __init__(self, app: HomeApp, pilot: Pilot[str]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def typed(self, text: str) -> None:
        names = {" ": "space", "=": "equals_sign", "/": "slash", "?": "question_mark"}
        await self.press(*(names.get(one, one) for one in text))

    @property
    def lines(self) -> list[str]:
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(" ".join(line.split()) for line in self.lines)

    @property
    def footer(self) -> str:
        return self.lines[-1].strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my-ext"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    return folder


@pytest.fixture
def sessions(tmp_path: Path) -> dict[str, str]:
    """Three recorded sessions; the environment that finds them."""
    stories: tuple[tuple[str, Callable[[FakeSession], None], float], ...] = (
        ("demjson==2.2.4", FakeSession.builds, 3_700),
        ("flash-attn==2.5.0", FakeSession.flash_attn_fails, 200),
        ("odoo-addon", FakeSession.started, 3 * 86_400),
    )
    for number, (target, story, ago) in enumerate(stories):
        session = FakeSession(tmp_path / "state" / "sessions" / f"s{number}", target)
        session_id = session.directory
        story(session)
        session.close()
        os.utime(session_id / "journal.jsonl", (NOW - ago, NOW - ago))
    return {**TERMINAL, "BUILDSCOPE_STATE_DIR": str(tmp_path / "state")}


@asynccontextmanager
async def home(
    cwd: Path, environ: dict[str, str], size: tuple[int, int] = NORMAL, encoding: str = "utf-8"
) -> AsyncIterator[Home]:
    app = HomeApp(environ=environ, cwd=cwd, look=Look(), encoding=encoding, now=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Home(app, pilot)


@SIZES
async def test_it_asks_and_lists(
    project: Path, sessions: dict[str, str], size: tuple[int, int]
) -> None:
    async with home(project, sessions, size) as screen:
        assert "What will not build? a directory, an sdist" in screen.text
        assert "flash-attn==2.5.0" in screen.text
        assert "my-ext 0.3 · setuptools.build_meta ·" in screen.text
        assert "✗ flash-attn==2.5.0 3 min failed in get_requires · 1 attempt" in screen.text
        assert "✓ demjson==2.2.4 1 h built · 1 attempt" in screen.text
        assert "odoo-addon 3 d interrupted · 1 attempt" in screen.text
        assert "Building runs the target's code, with your rights." in screen.text
        assert "no sandbox." in screen.text
        assert screen.footer.startswith("enter open")
        assert screen.footer.endswith("esc q quit")


@SIZES
async def test_what_is_typed_is_the_target(
    project: Path, sessions: dict[str, str], size: tuple[int, int]
) -> None:
    async with home(project, sessions, size) as screen:
        await screen.typed("quilt==1.0")
        await screen.press("enter")
        assert screen.app.return_value == "target:quilt==1.0"


async def test_a_bad_target_stays_and_says_what_is_wrong(
    project: Path, sessions: dict[str, str]
) -> None:
    async with home(project, sessions) as screen:
        await screen.press("enter")
        assert "the target is empty" in screen.text
        await screen.typed("./nowhere")
        assert "the target is empty" not in screen.text
        await screen.press("enter")
        assert "nowhere" in screen.lines[5]
        assert screen.app.home.field.value == "./nowhere"
        assert screen.app.return_value is None
        await screen.press("backspace")
        assert screen.lines[5].strip() == ""


async def test_the_project_here_is_the_first_row(project: Path, sessions: dict[str, str]) -> None:
    async with home(project, sessions) as screen:
        await screen.press("down")
        assert screen.footer.startswith("enter open  j k move")
        await screen.press("enter")
        assert screen.app.return_value == "target:."


async def test_a_recorded_session_is_opened(project: Path, sessions: dict[str, str]) -> None:
    async with home(project, sessions) as screen:
        await screen.press("down", "j", "down", "down", "down", "k", "enter")
        assert screen.app.return_value is not None
        assert screen.app.return_value.startswith("session:")


async def test_a_click_opens(project: Path, sessions: dict[str, str]) -> None:
    async with home(project, sessions) as screen:
        row = next(at for at, line in enumerate(screen.lines) if "demjson" in line)
        await screen.pilot.click(offset=(6, row))
        await screen.pilot.pause()
        assert screen.app.return_value is not None
        assert screen.app.return_value.startswith("session:")


async def test_up_from_the_first_row_is_the_line_again(
    project: Path, sessions: dict[str, str]
) -> None:
    async with home(project, sessions) as screen:
        await screen.press("down", "up")
        await screen.typed("q?j")
        assert screen.app.home.field.value == "q?j"
        await screen.press("escape", "tab")
        assert screen.app.focused is screen.app.home.field


@pytest.mark.parametrize("keys", [("escape", "q"), ("ctrl+q",), ("ctrl+c",)])
async def test_quit(project: Path, sessions: dict[str, str], keys: tuple[str, ...]) -> None:
    async with home(project, sessions) as screen:
        await screen.press(*keys)
        assert screen.app.return_value is None
        assert screen.app.return_code == 0
        assert screen.app._exit


async def test_help_and_back(project: Path, sessions: dict[str, str]) -> None:
    async with home(project, sessions) as screen:
        await screen.press("escape", "question_mark")
        assert "retry with a change, on one line" in screen.text
        await screen.press("escape")
        assert "What will not build?" in screen.text


async def test_another_key_in_the_lists_says_where_one_types(
    project: Path, sessions: dict[str, str]
) -> None:
    async with home(project, sessions) as screen:
        await screen.press("escape", "f")
        assert "f does nothing here; esc goes to the line, to type" in screen.text


async def test_tab_completes_a_path(project: Path, sessions: dict[str, str]) -> None:
    async with home(project.parent, sessions) as screen:
        await screen.typed("./my")
        await screen.app.workers.wait_for_complete()
        await screen.pilot.pause()
        await screen.press("tab")
        assert screen.app.home.field.value == "./my-ext/"


async def test_where_there_is_nothing_yet(tmp_path: Path) -> None:
    environ = {**TERMINAL, "BUILDSCOPE_STATE_DIR": str(tmp_path / "none")}
    async with home(tmp_path, environ) as screen:
        assert "Here" not in screen.text
        assert "nothing was built yet" in screen.text
        await screen.press("escape", "j", "enter")
        assert screen.app.return_value is None


async def test_without_utf_8_it_is_ascii(project: Path, sessions: dict[str, str]) -> None:
    async with home(project, sessions, encoding="ascii") as screen:
        assert all(line.isascii() for line in screen.lines)


# What stands there


def test_a_project_tells_its_name_and_backend(project: Path) -> None:
    here = project_here(project)
    assert here is not None
    assert here.told == "my-ext 0.3 · setuptools.build_meta"


@pytest.mark.parametrize(
    ("pyproject", "told"),
    [
        ("[project", "pyproject.toml cannot be read"),
        ("project = 3", "{name} · setuptools (no build-system table)"),
        ("[project]\nname = 3\nversion = '1'", "1 · setuptools (no build-system table)"),
        ("[build-system]\nbuild-backend = 'flit_core.buildapi'", "{name} · flit_core.buildapi"),
        ("[build-system]\nbuild-backend = ['x']", "{name} · setuptools (no build-system table)"),
    ],
)
def test_a_project_that_states_little(tmp_path: Path, pyproject: str, told: str) -> None:
    (tmp_path / "pyproject.toml").write_text(pyproject)
    here = project_here(tmp_path)
    assert here is not None
    assert here.told == told.format(name=tmp_path.name)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    here = project_here(tmp_path)
    assert here is not None
    assert here.told == "pyproject.toml cannot be read"


def test_a_setup_py_alone_is_a_project(tmp_path: Path) -> None:
    assert project_here(tmp_path) is None
    (tmp_path / "setup.py").touch()
    here = project_here(tmp_path)
    assert here is not None
    assert here.told == f"{tmp_path.name} · setuptools (no build-system table)"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("./my", "./my-ext/"),
        ("my", "my-ext/"),
        ("pl", None),
        ("./pl", "./plain/"),
        ("de", "demo-1.0.tar.gz"),
        ("./no", None),
        ("./my-ext/pyp", None),
        ("plain/in", "plain/inner/"),
        ("~nobody-of-that-name/x", None),
        ("git+https://example.org/m", None),
        ("", None),
        ("./", None),
        ("\0/x", None),
    ],
)
def test_completion_of_paths(project: Path, typed: str, completed: str | None) -> None:
    (project.parent / "plain" / "inner").mkdir(parents=True)
    (project.parent / "demo-1.0.tar.gz").touch()
    (project.parent / "notes.txt").touch()
    assert path_beginning(typed, project.parent) == completed


def test_ages() -> None:
    seconds = (3, 59, 60, 3_599, 3_600, 86_399, 86_400, 9e6)
    assert [age(one) for one in seconds] == [
        *("now", "now", "1 min", "59 min", "1 h", "23 h", "1 d", "104 d"),
    ]


def test_rows_keep_to_the_width() -> None:
    long = Listed(id="x", directory="/d", target="t" * 200, started=0, changed=0, outcome="built")
    rows = home_rows(None, [long], NOW, 60)
    assert all(one.width <= 60 for one in rows)
