"""Shell, editor and pager from the debugger, on a terminal that only pretends."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from buildscope.model import events as ev
from buildscope.model.failure import Cause, Evidence, ExceptionRecord, Frame
from buildscope.model.run import EnvironmentFacts, Pause
from buildscope.model.settings import Settings
from buildscope.model.target import SourceFacts
from buildscope.tui.terminal import Terminal
from buildscope.tui.tree import place_in
from tests.helpers.screens import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from tests.helpers.fake_session import FakeSession
    from tests.helpers.screens import Screen

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are scripts of a shell")


class Pretended(Terminal):
    """Runs programs at once, and keeps what they ended with; ``real``: there is a terminal."""

    def __init__(self, tmp_path: Path, *, real: bool = True, **variables: str) -> None:
        places = {"BUILDSCOPE_CACHE_DIR": str(tmp_path / "cache"), "OUT": str(tmp_path / "out")}
        super().__init__({"PATH": os.environ["PATH"], **places, **variables})
        self.real = real
        self.ended: list[int] = []

    def lend(self, app: App[None], program: Callable[[], int]) -> int | OSError | None:
        if not self.real:
            return super().lend(app, program)
        try:
            self.ended.append(program())
        except OSError as error:
            return error
        return self.ended[-1]


def program(tmp_path: Path, name: str, script: str) -> str:
    """A program called ``name``, that runs ``script`` in a shell."""
    file = tmp_path / "programs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


class Story:
    """An attempt that fails in ``get_requires`` at line 3 of ``setup.py``, on a real tree."""

    def __init__(self, tmp_path: Path) -> None:
        self.tree = tmp_path / "tree"
        (self.tree / "src").mkdir(parents=True)
        (self.tree / "setup.py").write_text("import os\n\nimport torch\n")
        (self.tree / "src" / "a.c").write_text("int a;\n")
        self.out = tmp_path / "out"

    def __call__(self, session: FakeSession) -> None:
        self.before_get_requires(session)
        session.phase_started("get_requires")
        session.printed("out\n", "\x1b[31mred\x1b[0m \x1b]0;title\x07err\n")
        frame = Frame(file="setup.py", line=3, function="<module>", owner="project")
        raised = ExceptionRecord(
            type="ModuleNotFoundError", message="No module named 'torch'", frames=(frame,)
        )
        session.phase_ended("get_requires", "failed", exit_code=1, exception=raised)
        session.ended("failed", failed="get_requires")

    def before_get_requires(self, session: FakeSession) -> None:
        session.started(Settings(isolation=False))
        session.phase_ended("source")
        facts = SourceFacts(
            origin="local directory",
            tree=str(self.tree),
            project=str(self.tree),
            archive=str(self.tree),
            in_place=True,
        )
        session._write(ev.SourceObtained(at=session.now, attempt=1, source=facts))
        session.phase_ended("static_requires")
        session.backend()
        own = EnvironmentFacts(path=sys.prefix, python=sys.executable, isolated=False)
        session._write(ev.EnvironmentReady(at=session.now, attempt=1, environment=own))
        session.phase_ended("environment")
        session.skipped("install_static")

    def paused(self, session: FakeSession) -> None:
        self.before_get_requires(session)
        pause = Pause(phase="get_requires", when="before", why="step")
        session._write(ev.Paused(at=session.now, attempt=1, pause=pause))

    @property
    def said(self) -> list[str]:
        return self.out.read_text().splitlines()


def told(screen: Screen) -> str:
    """The sentence that is said in the footer."""
    message = screen.app.main.message
    return message[0].strip() if message is not None else ""


def content(path: str | Path) -> str:
    return Path(path).read_text()


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


@pytest.fixture
def shell(tmp_path: Path) -> str:
    return program(
        tmp_path, "ash", 'pwd > "$OUT"; echo "$VIRTUAL_ENV $BUILDSCOPE_ATTEMPT" >> "$OUT"'
    )


async def test_a_shell_as_it_failed_takes_a_second_press(
    tmp_path: Path, story: Story, shell: str
) -> None:
    terminal = Pretended(tmp_path, SHELL=shell)
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        await screen.press("exclamation_mark")
        assert told(screen) == "! again: get_requires as it failed · B: before it ran"
        assert terminal.ended == []
        await screen.press("exclamation_mark")
        await screen.until(lambda: terminal.ended == [0])
        assert story.said == [str(story.tree), f"{sys.prefix} 1"]
        twin = "buildscope shell fake --attempt 1 --phase get_requires"
        await screen.until(lambda: told(screen) == f"back from #1 after get_requires = {twin}")
        await screen.press("q")
        assert screen.app.return_code == 0


async def test_a_shell_before_it_ran_is_in_a_copy(tmp_path: Path, story: Story, shell: str) -> None:
    terminal = Pretended(tmp_path, SHELL=shell)
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        await screen.press("exclamation_mark", "B")
        await screen.until(lambda: terminal.ended == [0])
        assert story.said[0] != str(story.tree)
        assert content(f"{story.said[0]}/setup.py")
        await screen.until(lambda: told(screen).endswith("--phase get_requires --before"))


async def test_the_paused_state_is_entered_at_once(
    tmp_path: Path, story: Story, shell: str
) -> None:
    terminal = Pretended(tmp_path, SHELL=shell)
    async with opened(tmp_path / "s", story.paused, terminal=terminal, running=True) as screen:
        await screen.press("exclamation_mark")
        await screen.until(lambda: terminal.ended == [0])
        assert story.said[0] == str(story.tree)
        await screen.until(lambda: "back from #1 before get_requires" in told(screen))


async def test_another_phase_than_the_paused_one_asks_which_state(
    tmp_path: Path, story: Story, shell: str
) -> None:
    terminal = Pretended(tmp_path, SHELL=shell)
    async with opened(tmp_path / "s", story.paused, terminal=terminal, running=True) as screen:
        screen.app.main.place = screen.app.main.place.chosen_phase("static_requires")
        await screen.settled()
        screen.app.main.redraw()
        await screen.press("exclamation_mark")
        assert told(screen) == "! again: static_requires as it ended · B: before it ran"


async def test_what_cannot_be_entered_says_why(tmp_path: Path, story: Story, shell: str) -> None:
    terminal = Pretended(tmp_path, SHELL=shell)

    def running(session: FakeSession) -> None:
        story.before_get_requires(session)
        session.phase_started("get_requires")

    async with opened(tmp_path / "s", running, terminal=terminal, running=True) as screen:
        await screen.press("exclamation_mark")
        assert told(screen).startswith("get_requires is running: x stops it, b pauses")
    async with opened(tmp_path / "t", terminal=terminal, running=True) as screen:
        for key in ("exclamation_mark", "B"):
            await screen.press(key)
            assert told(screen).startswith("there is no tree to enter yet")
        await screen.press("o")
        assert told(screen) == "there is no source yet to edit"
        await screen.press("v")
        assert told(screen) == "this phase has printed nothing to page through"
    assert terminal.ended == []


async def test_a_state_that_is_gone_says_so(tmp_path: Path, shell: str) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()

    terminal = Pretended(tmp_path, SHELL=shell)
    async with opened(tmp_path / "s", script, terminal=terminal) as screen:
        await screen.press("exclamation_mark", "exclamation_mark")
        await screen.until(lambda: "from which a retry starts, is gone" in told(screen))


async def test_without_a_real_terminal_it_says_so(tmp_path: Path, story: Story) -> None:
    terminal = Pretended(tmp_path, real=False, EDITOR="true", PAGER="true", SHELL="/bin/sh")
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        for keys in (["exclamation_mark"] * 2, ["o"], ["v"]):
            await screen.press("escape", *keys)
            await screen.until(lambda: told(screen).startswith("this is no real terminal"))


async def test_an_edit_is_kept_and_offered_on_the_retry_line(tmp_path: Path, story: Story) -> None:
    """The editor stands at the failing line of the project, in a copy of the file."""
    script = 'echo "$1" > "$OUT"; echo "# more" >> "$2"'
    terminal = Pretended(tmp_path, EDITOR=program(tmp_path, "vim", script))
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        await screen.press("o")
        await screen.until(lambda: "edit setup.py" in screen.text)
        assert story.said == ["+3"]
        assert content(story.tree / "setup.py") == "import os\n\nimport torch\n"
        kept = screen.session.drafts["setup.py"]
        assert content(kept) == "import os\n\nimport torch\n# more\n"
        await screen.press("enter")
        await screen.until(lambda: len(screen.session.requests) == 1)
        assert screen.session.requests[0].settings.edits == {"setup.py": kept}


async def test_a_second_edit_goes_on_with_the_first(tmp_path: Path, story: Story) -> None:
    terminal = Pretended(tmp_path, EDITOR=program(tmp_path, "vim", 'echo "# more" >> "$2"'))
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        for _ in range(2):
            await screen.press("o")
            await screen.until(lambda: "edit setup.py" in screen.text)
            await screen.press("escape")
        assert (
            content(screen.session.drafts["setup.py"])
            == "import os\n\nimport torch\n# more\n# more\n"
        )


async def test_the_file_under_the_cursor_is_edited(tmp_path: Path, story: Story) -> None:
    terminal = Pretended(tmp_path, VISUAL=program(tmp_path, "code", 'echo "$@" > "$OUT"'))
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        main = screen.app.main
        await screen.press("S")
        at = main.source.find_where("src/a.c", 1)
        assert at is not None
        main.source.go_to(at)
        await screen.press("o")
        await screen.until(lambda: told(screen) == "src/a.c was not changed")
        [said] = story.said
        assert said.startswith("--wait --goto ")
        assert said.endswith("/src/a.c:1")
        assert not screen.session.drafts


async def test_what_a_compiler_names_is_edited(tmp_path: Path, story: Story) -> None:
    """The cause's line, not the frame of ``setup.py`` that started the compiler."""
    message = "src/a.c:1:5: error: expected ';'"

    def script(session: FakeSession) -> None:
        story.before_get_requires(session)
        session.phase_started("build_wheel")
        session.printed(stderr=f"compiling\n{message}\nin setup.py:3: failed\n")
        session.phase_ended("build_wheel", "failed", exit_code=1)
        evidence = Evidence(phase="build_wheel", stream="stderr", line=2, text=message)
        cause = Cause(
            id="compile-error", confidence="likely", attempt=1, summary="it", evidence=evidence
        )
        session.ended("failed", cause, failed="build_wheel")

    terminal = Pretended(tmp_path, EDITOR=program(tmp_path, "nano", 'echo "$@" > "$OUT"'))
    async with opened(tmp_path / "s", script, terminal=terminal) as screen:
        await screen.press("T", "o")
        await screen.until(lambda: told(screen) == "src/a.c was not changed")
        assert story.said[0].startswith("+1 ")
        await screen.press("O", "G", "o")
        await screen.until(lambda: told(screen) == "setup.py was not changed")
        assert story.said[0].startswith("+3 ")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("src/a.c:12:5: error: x", ("src/a.c", 12)),
        ("./src/a.c:12: error", ("src/a.c", 12)),
        ("src/a.c(12): error C2143", ("src/a.c", 12)),
        ('  File "setup.py", line 3, in <module>', ("setup.py", 3)),
        ("In file included from /usr/include/x.h:1,\n from src/a.c:2:", ("src/a.c", 2)),
        ("../tree/setup.py:4: x", ("setup.py", 4)),
        ("/etc/passwd:1: x", ("/etc/passwd", 1)),
        ("../outside.c:1: x", None),
        ("at 12:30:59 none.c:1: x", None),
        ("", None),
    ],
)
def test_places_that_messages_name(
    story: Story, tmp_path: Path, text: str, place: tuple[str, int] | None
) -> None:
    (tmp_path / "outside.c").write_text("")
    absolute = text.replace("./src/", "src/").replace("src/", f"{story.tree}/src/")
    for named in (text, absolute):
        found = place_in(named, str(story.tree))
        assert (found and (found.file, found.line)) == place


async def test_an_editor_that_is_not_there_is_named(tmp_path: Path, story: Story) -> None:
    terminal = Pretended(tmp_path, EDITOR="/no/such/editor")
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        await screen.press("o")
        await screen.until(lambda: told(screen).startswith("it cannot be run: /no/such/editor"))


async def test_an_editor_that_fails_keeps_nothing_new(tmp_path: Path, story: Story) -> None:
    terminal = Pretended(tmp_path, EDITOR=program(tmp_path, "ed", 'rm "$1"; exit 2'))
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        await screen.press("o")
        await screen.until(lambda: "the editor left no setup.py" in told(screen))
        assert not screen.session.drafts


async def test_the_pager_has_the_whole_output_and_colours_only(
    tmp_path: Path, story: Story
) -> None:
    terminal = Pretended(tmp_path, PAGER=program(tmp_path, "most", 'cat "$1" > "$OUT"'))
    async with opened(tmp_path / "s", story, terminal=terminal) as screen:
        await screen.press("v")
        await screen.until(lambda: terminal.ended == [0])
        assert sorted(story.said) == ["\x1b[31mred\x1b[0m err", "out"]
        await screen.until(lambda: told(screen).startswith("back from the pager = "))


@pytest.mark.parametrize(
    ("editor", "expected"),
    [
        ("vim", "vim +7 F"),
        ("/usr/bin/vim.basic -u NONE", "/usr/bin/vim.basic -u NONE +7 F"),
        ("nvim", "nvim +7 F"),
        ("nano", "nano +7 F"),
        ("emacs -nw", "emacs -nw +7 F"),
        ("emacsclient -t", "emacsclient -t +7 F"),
        ("gvim", "gvim -f +7 F"),
        ("code", "code --wait --goto F:7"),
        ("code --wait", "code --wait --goto F:7"),
        ("subl -n", "subl -n --wait F:7"),
        ("hx", "hx F:7"),
        ("ed", "ed F"),
        ("'/a b/vi'", "'/a b/vi' +7 F"),
        ("un'balanced", '"un\'balanced" F'),
    ],
)
def test_editors_open_at_the_line(editor: str, expected: str) -> None:
    for environ in ({"VISUAL": editor, "EDITOR": "x"}, {"VISUAL": " ", "EDITOR": editor}):
        command = Terminal(environ).editor(Path("F"), 7)
        assert command == shlex.split(expected)


def test_pagers() -> None:
    file = Path("F")
    assert Terminal({"PAGER": "less"}).pager(file) == ["less", "-R", "F"]
    assert Terminal({"PAGER": "less -S"}).pager(file) == ["less", "-S", "F"]
    assert Terminal({"PAGER": "most"}).pager(file) == ["most", "F"]
    assert Terminal({"PAGER": "cat"}).pager(file)[0] in {"less", "more"}
    assert Terminal({}).pager(file)[0] in {"less", "more"}
