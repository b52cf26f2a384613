"""The palette: every verb by name, with arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildscope.errors import UsageError
from buildscope.model.settings import Settings
from buildscope.tui.keys import KEYS
from buildscope.tui.theme import theme_names
from buildscope.tui.view.palette import complete_verb, palette_rows, told_row
from buildscope.tui.view.verbs import VERBS, parse_verb
from tests.helpers.choices import FakeChoices, release
from tests.helpers.screens import NARROW, NORMAL, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.fake_session import FakeSession
    from tests.helpers.screens import Screen

SIZES = pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["80", "120"])
VALUES = {"add": ("torch", "packaging"), "attempt": ("1", "2"), "theme": ("buildscope", "nord")}


def two_attempts(session: FakeSession) -> None:
    session.offered = FakeChoices([release("84.0"), release("58.0")])
    session.flash_attn_fails()
    session.second_fails_further()


async def ran(screen: Screen, line: str) -> None:
    await screen.press("colon")
    await screen.typed(line)
    await screen.press("enter")


def line_of(screen: Screen) -> str:
    assert screen.app.main.prompt is not None
    return screen.app.main.prompt.line.value


def test_every_key_has_a_verb() -> None:
    actions = {verb.action for verb in VERBS}
    told = {key.action for key in KEYS if key.help}
    assert told - actions == {"palette", "open", "back"}


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("add torch packaging", "add", "torch packaging"),
        ("py 3.9", "python", "3.9"),
        ("until build_w", "until", "build_wheel"),
        ("bre get", "break", "get_requires"),
        ("tab out", "tab", "output"),
        ("set CC=clang  CXX='a  b'", "set", "CC=clang  CXX='a  b'"),
        ("settings", "settings", ""),
        ("comp 1 2", "compare", "1 2"),
        ("q", "quit", ""),
        (" add ", "add", ""),
    ],
)
def test_a_verb_is_found_by_its_unique_beginning(line: str, name: str, rest: str) -> None:
    verb, given = parse_verb(line)
    assert (verb.name, given) == (name, rest)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("se", "'se' is the beginning of several verbs", "near: set, settings, search"),
        ("untill check", "'untill' is no verb", "near: until"),
        ("xyzzy", "'xyzzy' is no verb", "an empty line lists them all"),
        ("until", "until needs PHASE", "one of: source, static_requires"),
        ("attempt", "attempt needs N", "write attempt and that"),
        ("until i", "'i' is not what until takes", "one of: install_static, install_dynamic"),
        ("tab fridge", "'fridge' is not what tab takes", "one of: traceback, output"),
        ("quit now", "quit takes nothing after it", "quit alone does it"),
    ],
)
def test_what_no_verb_is_made_of_is_told_with_what_is_near(
    line: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse_verb(line)
    assert caught.value.message == message
    assert (caught.value.hint or "").startswith(hint)


def test_the_rows_tell_what_each_does_with_its_key_and_twin() -> None:
    rows = [row.plain.rstrip() for row in palette_rows("a", VALUES, 80, 9)]
    told = [" ".join(text.split()) for text in rows]
    assert told[:2] == [
        "add REQ … add build requirements and retry key a · -x",
        "attempt N look at an attempt",
    ]
    assert all(len(row) <= 80 for row in rows)


def test_what_does_not_fit_is_counted() -> None:
    rows = palette_rows("", VALUES, 80, 5)
    assert len(rows) == 5
    assert rows[-1].plain == f" … {len(VERBS) - 4} more; type the beginning of a name"


def test_a_word_in_what_it_does_finds_a_verb_too() -> None:
    assert palette_rows("colours", VALUES, 80, 5)[0].plain.startswith(" theme NAME")
    assert "no verb has that" in palette_rows("zzz", VALUES, 80, 5)[0].plain


def test_after_a_verb_stand_its_values() -> None:
    assert palette_rows("until p", VALUES, 80, 5)[0].plain == " until PHASE  prepare_metadata"
    assert palette_rows("add ", VALUES, 80, 5)[0].plain == " add REQ …  torch  packaging"
    assert palette_rows("zzz a", VALUES, 80, 5)[0].plain == " no verb of that name"


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("unt", "until "),
        ("until", "until "),
        ("until p", "until prepare_metadata"),
        ("break source", None),
        ("add to", "add torch"),
        ("add torch pa", "add torch packaging"),
        ("theme n", "theme nord"),
        ("quit", None),
        ("", None),
        ("zzz a", None),
    ],
)
def test_tab_completes_the_verb_and_what_follows(line: str, completed: str | None) -> None:
    assert complete_verb(line, VALUES) == completed


def test_beneath_stands_what_enter_would_do() -> None:
    assert told_row("unt check", 80).plain == " until check: run on, pause after a phase"
    assert told_row("untill", 80).plain == " 'untill' is no verb; near: until, continue, quit, next"
    assert told_row("", 80).plain == " a verb, by the beginning of its name"


@SIZES
async def test_it_lists_while_one_types(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, two_attempts, size) as screen:
        await screen.press("colon")
        assert "add REQ …" in screen.text
        assert "more; type the beginning of a name" in screen.text
        assert screen.footer.startswith("enter run")
        await screen.typed("comp")
        assert "compare A B" in screen.text
        assert "add REQ" not in screen.text
        assert "key = · sessions show" in screen.text
        await screen.press("escape")
        assert "compare A B" not in screen.text
        assert screen.app.main.prompt is None


async def test_ctrl_p_opens_it_too(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await screen.press("ctrl+p")
        assert "Verbs" in screen.text


async def test_a_wrong_line_stays_and_says_the_nearest(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "untill check")
        assert line_of(screen) == "untill check"
        assert "'untill' is no verb; near: until" in screen.text


async def test_up_brings_back_what_was_typed(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "tab meta")
        assert screen.app.main.scene.tab == "metadata"
        await screen.press("colon", "up")
        assert line_of(screen) == "tab meta"


@pytest.mark.parametrize(
    ("line", "retry"),
    [
        ("add torch +packaging", "+torch +packaging"),
        ("add", "+"),
        ("python 3.9", "python 3.9"),
        ("set CC=clang isolation off", "CC=clang isolation off"),
        ("set", ""),
        ("isolation off", "isolation off"),
    ],
)
async def test_changes_open_the_retry_line(tmp_path: Path, line: str, retry: str) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, line)
        assert line_of(screen) == retry
        assert "Retry #2 → #3" in screen.text


async def test_looking_around(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "attempt 1")
        assert "imports torch, which nothing declares" in screen.text
        await ran(screen, "phase install_s")
        assert screen.phase == "install_static"
        await ran(screen, "attempt 9")
        assert "there is no attempt 9" in screen.footer
        await ran(screen, "attempt one")
        assert "'one' is no number of an attempt" in screen.footer


async def test_breakpoints(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "break check")
        assert "break before check = --break check" in screen.footer
        assert screen.session.gate.before == {"check"}
        await ran(screen, "until check")
        assert "nothing is running; b sets a breakpoint at check" in screen.footer


async def test_until_runs_on_to_a_phase(tmp_path: Path) -> None:
    def story(session: FakeSession) -> None:
        session.started(Settings())
        session.phase_started("source")

    async with opened(tmp_path, story, running=True) as screen:
        screen.session.gate.step()
        await ran(screen, "until install_static")
        assert not screen.session.gate.stepping


async def test_compare_and_its_errors(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "compare 1")
        assert "compare takes the numbers of two attempts. compare 1 2" in screen.footer
        await ran(screen, "compare 1 7")
        assert "attempts are: 1, 2" in screen.footer
        await ran(screen, "compare 1 2")
        assert type(screen.app.screen).__name__ == "CompareScreen"


async def test_screens_are_opened_by_name(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "settings")
        assert "Settings for a retry of #2" in screen.text
        await screen.press("escape")
        await ran(screen, "pin wheel")
        assert "Versions of wheel" in screen.text
        assert "not installed · not declared · not pinned" in screen.text
        await screen.press("escape")
        await ran(screen, "pin ../x")
        assert "'../x' is no name of a distribution" in screen.footer
        await ran(screen, "help")
        assert type(screen.app.screen).__name__ == "HelpScreen"


async def test_every_theme_can_be_taken(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        for name in theme_names():
            screen.app.theme = name
            await screen.settled()
            assert "nvcc was not found" in screen.text


async def test_themes(tmp_path: Path) -> None:
    async with opened(tmp_path, two_attempts) as screen:
        await ran(screen, "theme beige")
        assert "'beige' is no theme. there are: " in screen.footer
        await ran(screen, "theme nord")
        assert screen.app.theme == "nord"
