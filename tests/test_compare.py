"""Two attempts compared: what differs, in which order, and what does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from buildscope.errors import UsageError
from buildscope.model.names import PHASES
from buildscope.model.run import Attempt, BackendFacts, EnvironmentFacts, Metadata, PhaseRun
from buildscope.model.settings import Settings
from buildscope.reports import compare_output
from buildscope.reports.compare import Comparison, compare, comparison_lines
from buildscope.reports.failures import is_same, same_failure
from buildscope.session.comparing import comparable, compare_command, compared
from buildscope.tui.screens.compare import CompareScreen
from buildscope.tui.view.compare import comparison_rows
from tests.helpers.fake_session import torch_cause
from tests.helpers.records import exception, failed_session, session, write_output
from tests.helpers.screens import Screen, opened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from buildscope.model.names import Phase, Stream
    from tests.helpers.fake_session import FakeSession

replace = msgspec.structs.replace
NO_TORCH = exception("ModuleNotFoundError: No module named 'torch'")
HEADS = [
    "Outcome",
    "Settings",
    "Packages in the environment",
    "Hooks",
    "Output of get_requires, stderr",
]


def silent(_attempt: Attempt, _phase: Phase, _stream: Stream) -> Iterable[str]:
    return ()


def with_runs(attempt: Attempt, *runs: PhaseRun, **fields: Any) -> Attempt:
    named = {run.name: run for run in runs}
    phases = tuple(named.get(one.name, one) for one in attempt.phases)
    return replace(attempt, phases=phases, **fields)


def found(comparison: Comparison, head: str) -> list[tuple[str, str | None, str | None]]:
    section = next(one for one in comparison.sections if one.head == head)
    return [(one.name, one.before, one.after) for one in section.differences]


def notes(comparison: Comparison, head: str) -> tuple[str, ...]:
    return next(one for one in comparison.sections if one.head == head).notes


def heads(comparison: Comparison) -> list[str]:
    return [one.head for one in comparison.sections]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Attempt, Attempt]:
    """The first one fails at an import, the second, with an extra, at another one."""
    one = failed_session(tmp_path / "1", raised=NO_TORCH, stderr="same\nNo module named 'torch'\n")
    other = failed_session(
        tmp_path / "2",
        raised=exception("ModuleNotFoundError: No module named 'packaging'"),
        stderr="same\nNo module named 'packaging'\n",
        installed={"setuptools": "84.2.1", "torch": "2.1"},
        settings=Settings(extra=("torch",)),
    )
    return one.attempts[0], replace(other.attempts[0], id=2, parent=1, label="+torch")


def test_what_matters_most_is_first(tmp_path: Path, pair: tuple[Attempt, Attempt]) -> None:
    comparison = compared(session(tmp_path, *pair), 1, 2)
    assert heads(comparison) == HEADS
    assert notes(comparison, "Outcome") == ("both failed in get_requires, and not in the same way",)
    assert notes(comparison, "Settings") == ()
    assert found(comparison, "Settings") == [("extra", None, "torch")]
    assert found(comparison, "Packages in the environment") == [
        ("torch", None, "2.1"),
        ("wheel", "0.48.0", None),
    ]
    assert found(comparison, HEADS[-1]) == [
        ("", "No module named 'torch'", "No module named 'packaging'")
    ]
    assert notes(comparison, HEADS[-1]) == ("2 and 2 lines; the first difference is in line 2",)


def test_the_same_failure_and_nothing_else(tmp_path: Path, pair: tuple[Attempt, Attempt]) -> None:
    one = pair[0]
    comparison = compared(session(tmp_path, one, replace(one, id=2)), 1, 2)
    assert heads(comparison) == ["Outcome"]
    assert notes(comparison, "Outcome") == ("both failed in get_requires, in the same way",)
    assert comparison_lines(comparison) == [
        "- #1 as published",
        "+ #2 as published",
        "",
        "Outcome",
        "  both failed in get_requires, in the same way",
    ]


def test_directories_of_attempts_do_not_make_another_failure(tmp_path: Path) -> None:
    def attempt(number: int) -> Attempt:
        told = f"SystemExit: error: Command ['cc', '-I/c/w/k3y/{number}/env/include'] failed"
        failed = failed_session(tmp_path, raised=exception(told)).attempts[0]
        return replace(failed, id=number, parent=number - 1)

    comparison = compare(attempt(1), attempt(2), silent)
    assert heads(comparison) == ["Outcome"]
    assert notes(comparison, "Outcome") == ("both failed in get_requires, in the same way",)
    assert is_same(session(tmp_path, attempt(1), attempt(2)), attempt(2))


def test_the_same_cause_in_other_words_is_the_same_failure(tmp_path: Path) -> None:
    def attempt(number: int, said: str, summary: str) -> Attempt:
        cause = replace(torch_cause(number), summary=summary)
        failed = failed_session(tmp_path, raised=exception(f"SystemExit: {said}"), causes=(cause,))
        return replace(failed.attempts[0], id=number)

    first = attempt(1, "cc -O1 failed", "a.c line 5 does not compile")
    assert same_failure(first, attempt(2, "cc -O3 failed", "a.c line 5 does not compile"))
    assert same_failure(first, attempt(2, "cc -O1 failed", "a.c line 5, with cc 9"))
    assert not same_failure(first, attempt(2, "cc -O3 failed", "a.c line 7 does not compile"))


def test_further_and_less_far(pair: tuple[Attempt, Attempt]) -> None:
    late = replace(pair[1], failed_phase="build_wheel")
    assert notes(compare(pair[0], late, silent), "Outcome") == ("#2 came 3 phases further than #1",)
    assert notes(compare(late, pair[0], silent), "Outcome") == (
        "#1 came 3 phases less far than #2",
    )
    built = Attempt(id=3, outcome="built")
    comparison = compare(pair[0], built, silent)
    assert found(comparison, "Outcome") == [("", "failed in get_requires", "built")]


def test_the_change_in_words_where_the_label_does_not_say_it(
    tmp_path: Path, pair: tuple[Attempt, Attempt]
) -> None:
    later = replace(pair[1], id=3, label="+torch from source")
    assert notes(compared(session(tmp_path, pair[0], later), 1, 3), "Settings") == ("+torch",)


def test_dirty_is_told() -> None:
    comparison = compare(Attempt(id=1), Attempt(id=2, dirty=True), silent)
    assert "#2 is dirty: it went on in a tree that was used" in notes(comparison, "Outcome")


def test_settings_as_what_came_and_went() -> None:
    a = Settings(constraints=("setuptools<82", "wheel<1"), env={"CC": "gcc"}, timeout=3.0)
    b = Settings(constraints=("wheel<1", "x==1"), env={"CC": "clang"}, edits={"setup.py": "/e/1"})
    comparison = compare(Attempt(id=1, settings=a), Attempt(id=2, settings=b), silent)
    assert found(comparison, "Settings") == [
        ("constraints", "setuptools<82", "x==1"),
        ("env CC", "gcc", "clang"),
        ("timeout", "3.0", None),
        ("edit setup.py", "as in the source", "as in /e/1"),
    ]


def test_declared_packages_come_before_what_they_brought() -> None:
    from buildscope.model.run import Distribution

    def attempt(number: int, **versions: str) -> Attempt:
        installed = tuple(Distribution(name=n, version=v) for n, v in versions.items())
        run = PhaseRun(name="install_static", status="passed", installed=installed)
        backend = BackendFacts(backend="b", requires=("Zlib_backend>=1",))
        settings = Settings(extra=("mid",))
        return with_runs(Attempt(id=number, backend=backend, settings=settings), run)

    a = attempt(1, **{"zlib-backend": "1", "mid": "1", "aaa": "1", "same": "1"})
    b = attempt(2, **{"Zlib.Backend": "2", "mid": "2", "aaa": "2", "Same": "1"})
    names = [name for name, *_ in found(compare(a, b, silent), "Packages in the environment")]
    assert names == ["zlib-backend", "mid", "aaa"]


def test_requirements_metadata_and_results() -> None:
    def metadata(*fields: tuple[str, str]) -> PhaseRun:
        return PhaseRun(
            name="prepare_metadata", status="passed", metadata=Metadata(fields=fields), result="x"
        )

    a = with_runs(
        Attempt(id=1),
        PhaseRun(name="get_requires", status="passed", requires=("numpy",)),
        metadata(("Name", "x"), ("Version", "0.0.0"), ("Classifier", "A"), ("Classifier", "B")),
    )
    b = with_runs(
        Attempt(id=2),
        PhaseRun(name="get_requires", status="skipped", note="as asked"),
        metadata(("Name", "x"), ("Version", "1.0"), ("Classifier", "B"), ("Classifier", "A")),
    )
    comparison = compare(a, b, silent)
    assert found(comparison, "Dynamic requirements") == [("", "numpy", "not asked (skipped)")]
    assert found(comparison, "Metadata") == [("Version:", "0.0.0", "1.0")]
    assert found(comparison, "Hooks") == [("get_requires", "passed", "skipped: as asked")]


# Output


def printed(before: Iterable[str], after: Iterable[str], **fields: Any) -> Comparison:
    """Attempts that printed these lines on stdout in ``build_wheel``."""
    run = PhaseRun(name="build_wheel", status="passed", index="1")
    a = with_runs(Attempt(id=1), run, **fields)
    b = with_runs(Attempt(id=2), replace(run, index="2"))
    texts = {1: before, 2: after}

    def lines(attempt: Attempt, _phase: Phase, stream: Stream) -> Iterable[str]:
        return texts[attempt.id] if stream == "stdout" else ()

    return compare(a, b, lines)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<object at 0x7f00aa>", "<object at 0x7f11bb>"),
        ("cc /c/w/20250101t1/1/src/a.c", "cc /c/w/20250101t1/2/src/a.c"),
        ("/s/attempts/1/wheel", "/s/attempts/2/wheel"),
        ("in /tmp/pip-x1y2/build", "in /tmp/pip-z8w9/build"),
        ("/var/f/tmpab12cd_x/a", "/var/f/tmpzz99zz_y/a"),
        ("done in 1.2s", "done in 340ms"),
        ("10:11:12 start", "10:12:13,123 start"),
        ("2025-01-01 10:11:12 start", "2025-02-03T10:12:13 start"),
        ("trailing", "trailing  "),
    ],
)
def test_what_differs_between_any_two_runs_does_not_count(before: str, after: str) -> None:
    assert heads(printed([before], [after])) == ["Outcome"]


@pytest.mark.parametrize(
    ("before", "after"), [("version 1.0", "version 1.1"), ("-O2 a.c", "-O3 a.c"), ("x86", "x87")]
)
def test_what_does_count(before: str, after: str) -> None:
    comparison = printed([before], [after])
    assert found(comparison, "Output of build_wheel, stdout") == [("", before, after)]


def test_the_directory_of_a_build_in_place_does_not_count() -> None:
    facts = EnvironmentFacts(path="/home/me/.venv", python="/home/me/.venv/bin/python")
    comparison = printed(["using /home/me/.venv/lib"], ["using …/lib"], environment=facts)
    assert heads(comparison) == ["Outcome"]


def test_one_that_ends_earlier() -> None:
    comparison = printed(["a", "b"], ["a"])
    assert found(comparison, "Output of build_wheel, stdout") == [("", "b", "(ends here)")]


def test_of_long_output_the_beginning_is_read_and_said_so() -> None:
    reading: list[int] = []

    def many() -> Iterable[str]:
        for number in range(compare_output.MOST_LINES * 5):
            reading.append(number)
            yield str(number)

    comparison = printed(many(), map(str, range(compare_output.MOST_LINES * 5)))
    assert notes(comparison, "Output of build_wheel, stdout") == (
        "0 and 0 lines; the first 20,000 are the same, and no more were read",
    )
    assert len(reading) <= compare_output.MOST_LINES + 1


def test_a_hostile_line_costs_little() -> None:
    line = "/a" * 500_000
    assert heads(printed([line + "x"] * 20, [line + "y"] * 20)) == ["Outcome"]


def test_streams_are_compared_each_for_itself(tmp_path: Path) -> None:
    def attempt(number: int, *, first: str) -> Attempt:
        fields = write_output(tmp_path / str(number))
        run = PhaseRun(name="build_wheel", status="passed", **fields)
        from buildscope.journal.redact import Redactor
        from buildscope.journal.spool import Spool

        spool = Spool(tmp_path / f"o{number}", Redactor())
        for stream in (first, "stderr" if first == "stdout" else "stdout"):
            spool.write(stream, stream.encode() + b"\n")  # type: ignore[arg-type]
        spool.close()
        index = str(tmp_path / f"o{number}" / "lines")
        return with_runs(Attempt(id=number), replace(run, index=index))

    record = session(tmp_path, attempt(1, first="stdout"), attempt(2, first="stderr"))
    assert heads(compared(record, 1, 2)) == ["Outcome"]


def test_carried_output_is_not_compared() -> None:
    run = PhaseRun(name="build_wheel", status="carried", index="1", from_=1)
    a, b = (with_runs(Attempt(id=number), run) for number in (1, 2))

    def fails(_attempt: Attempt, _phase: Phase, _stream: Stream) -> Iterable[str]:
        raise AssertionError("read")

    assert heads(compare(a, b, fails)) == ["Outcome"]


def test_what_was_carried_over_is_no_difference() -> None:
    skipped = PhaseRun(name="install_dynamic", status="skipped", note="there are none")
    asked = PhaseRun(name="get_requires", status="skipped")
    carried = [PhaseRun(name=one.name, status="carried", from_=1) for one in (skipped, asked)]
    comparison = compare(
        with_runs(Attempt(id=1), skipped, asked), with_runs(Attempt(id=2), *carried), silent
    )
    assert heads(comparison) == ["Outcome"]


# Which pair


def test_the_pair_when_nothing_is_said(tmp_path: Path) -> None:
    first, second, third = Attempt(id=1), Attempt(id=2, parent=1), Attempt(id=3, parent=1)
    record = session(tmp_path, first, second, third)
    assert comparable(record, third) == (1, 3)
    assert comparable(record, first) == (1, 2)
    assert comparable(session(tmp_path, first, Attempt(id=2)), Attempt(id=2)) == (1, 2)
    alone = comparable(session(tmp_path, first), first)
    assert isinstance(alone, str)
    assert "r makes another" in alone


def test_an_attempt_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no attempt 7"):
        compared(session(tmp_path, Attempt(id=1)), 1, 7)


# Rows and the screen


@pytest.mark.parametrize("width", [57, 77, 117, 197])
def test_rows_fit(tmp_path: Path, pair: tuple[Attempt, Attempt], width: int) -> None:
    long = replace(pair[1], label="+torch " * 40)
    rows = comparison_rows(compared(session(tmp_path, pair[0], long), 1, 2), width)
    assert max(row.width for row in rows) <= width
    text = "\n".join(row.plain for row in rows)
    assert all(head in text for head in HEADS)
    columns = any("0.48.0" in row.plain and "(none)" in row.plain for row in rows)
    assert columns == (width >= 100)


def three_attempts(session: FakeSession) -> None:
    session.flash_attn_fails()
    session.second_fails_further()
    session.started(Settings(extra=("torch", "packaging")), parent=2)
    session.phase_started(PHASES[3])
    session.phase_ended(PHASES[3], "failed", exit_code=2)
    session.ended("failed", failed=PHASES[3])


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, three_attempts, size) as screen:
        await screen.press("=")
        await screen.settled()
        assert "#3 compared with #2" in screen.lines[0]
        assert "less far than #2" in screen.text
        await screen.press("h")
        assert "#3 compared with #1" in screen.lines[0]
        await screen.press("h")
        assert "#1 is the first attempt" in screen.footer
        await screen.press("l", "G")
        assert "#3 compared with #2" in screen.lines[0]
        assert "--compare 2 3" in screen.text
        await screen.press("y")
        assert "Settings" in screen.app.clipboard
        assert compare_command(screen.session.record, 2, 3) in screen.app.clipboard
        await screen.press("escape")
        assert screen.app.screen is screen.app.main


async def test_with_one_attempt_the_key_says_why_not(tmp_path: Path) -> None:
    def script(session: FakeSession) -> None:
        session.flash_attn_fails()

    async with opened(tmp_path, script) as screen:
        await screen.press("=")
        assert "= compares two attempts, and there is one; r makes another" in screen.text


def shown_comparison(screen: Screen) -> CompareScreen:
    shown = screen.app.screen
    assert isinstance(shown, CompareScreen)
    return shown


async def test_search_in_the_comparison(tmp_path: Path) -> None:
    async with opened(tmp_path, three_attempts) as screen:
        await screen.press("=", "n")
        assert "nothing is searched for" in screen.footer
        await screen.press("slash")
        await screen.typed("packaging")
        await screen.press("enter")
        pane = shown_comparison(screen).rows
        assert "packaging" in pane.rows[pane.cursor].plain
        assert screen.footer.startswith("1 of ")
        assert screen.focused == "keys"
        await screen.press("n")
        assert "packaging" in pane.rows[pane.cursor].plain
        await screen.press("slash", "escape")
        assert shown_comparison(screen).prompt is None
        await screen.press("slash")
        await screen.typed("nowhere at all")
        await screen.press("enter")
        assert "no line matches" in screen.footer
        await screen.press("q")
        assert screen.app.screen is screen.app.main
