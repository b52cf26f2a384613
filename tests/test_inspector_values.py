"""Local values as texts and trees, from every Python: nothing of the hook's is ever asked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.procs import NEWEST, OLDEST, PROJECTS, PYTHONS, Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.hooks.call import HookOutcome
    from buildscope.model.failure import ExceptionRecord, Frame, Value

every_python = pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], PYTHONS[NEWEST]])
MOST_NODES = 8000


def call(do: str, python: str, lab: Lab) -> HookOutcome:
    """Let the hostile project do that in a hook."""
    project = lab.directory / "hostile"
    if not project.exists():
        shutil.copytree(PROJECTS / "hostile", project)
    kwargs = {"config_settings": {"do": do}}
    return lab.hook(kwargs=kwargs, project=project, backend="hostile", python=python)


def raised(outcome: HookOutcome) -> ExceptionRecord:
    """What left the hook."""
    assert outcome.faults == ()
    assert outcome.exception is not None
    return outcome.exception


def flat(values: tuple[Value, ...], reached: str = "") -> Iterator[tuple[str, Value]]:
    """Every value in a tree by the expression that reaches it."""
    for value in values:
        yield reached + value.name, value
        yield from flat(value.members, reached + value.name)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Frame]:
    """The frame with one of each value, described by a Python; each is asked once."""
    known: dict[str, Frame] = {}

    def frame(python: str) -> Frame:
        if python not in known:
            outcome = call("values", python, Lab(tmp_path_factory.mktemp("values")))
            known[python] = raised(outcome).frames[-1]
        return known[python]

    return frame


TEXTS = {
    "none": "None",
    "lone": r"'\udc80'",
    "raises": "<hostile.Raises object>",
    "hangs": "<hostile.Hangs object>",
    "exits": "<hostile.Exits object>",
    "huge_int": "<int of 10000001 bits>",
    "huge_range": "range(0, <int of 10000001 bits>, 1)",
    "sly": "<hostile.Sly object>",
    "sly_type": "<class hostile.SlyType>",
    "sly_method": "<function __reduce__>",
    "text": "hostile.Text('quiet')",
    "odd_list": "hostile.OddList([1, 'two'])",
    "odd_dict": "hostile.OddDict({'key': [1]})",
    "odd_tuple": "hostile.OddTuple((1, 2))",
    "odd_set": "hostile.OddSet({5})",
    "odd_int": "hostile.OddInt(9)",
    "odd_key": "{hostile.Key('k'): 'by text'}",
    "liar": "<hostile.Liar object>",
    "fake_path": "<pathlib.PosixPath object>",
    "path": "PurePosixPath('/usr/lib/x.h')",
    "relative": "PurePosixPath('a/b')",
    "color": "Color.RED",
    "level": "hostile.Level(3)",
    "point": "Point(x=1, y=[2])",
    "slotted": "<hostile.Slotted object>",
    "namespace": "<argparse.Namespace object>",
    "ordered": "collections.OrderedDict({'a': 1, 'b': 2})",
    "default": "collections.defaultdict({'k': [1]})",
    "queue": "collections.deque([1, 2])",
    "frozen": "frozenset({1})",
    "nothing": "[[], {}, (), set(), frozenset()]",
    "many": "[0, 1, 2, 3, 4, 5, 6, 7, … 992 more]",
    "deep": "[[[…]]]",
    "error": "ValueError('inner', […])",
    "bound": "<method Plain.__init__>",
    "built_in": "<function append>",
    "lazy": "<module lazy>",
    "guarded": "<module guarded>",
    "view": "<memoryview object>",
    "changed": "bytearray(b'abc')",
}


@every_python
@pytest.mark.parametrize("name", TEXTS)
def test_a_value_has_a_text(told: Callable[[str], Frame], python: str, name: str) -> None:
    assert told(python).locals[name] == TEXTS[name]


INSIDE = {
    "odd_list[1]": "'two'",
    "odd_dict['key'][0]": "1",
    "odd_tuple[0]": "1",
    "odd_set{}": "5",
    "odd_key[hostile.Key('k')]": "'by text'",
    "point.y[0]": "2",
    "slotted._last[0]": "2",
    "slotted.first": "1",
    "plain.deep.b['c'][0]": "<hostile.Plain object>",
    "namespace.flags[0]": "'-O2'",
    "simple.a": "1",
    "ordered['b']": "2",
    "default['k'][0]": "1",
    "queue[1]": "2",
    "frozen{}": "1",
    "nothing[4]": "frozenset()",
    "endless_list[1]": "(the same as 1 level up)",
    "circle['deep']['er']": "(the same as 2 levels up)",
    "color._value_": "1",
    "error.args[1]": "[1]",
}


@every_python
@pytest.mark.parametrize("name", INSIDE)
def test_what_is_inside_a_value(told: Callable[[str], Frame], python: str, name: str) -> None:
    assert dict(flat(told(python).values))[name].text == INSIDE[name]


@every_python
def test_what_has_nothing_inside_has_no_tree(told: Callable[[str], Frame], python: str) -> None:
    frame = told(python)
    closed = {"number", "none", "raises", "hangs", "exits", "huge_int", "huge_range", "sly", "liar"}
    closed |= {"proxy", "path", "fake_path", "sly_type", "view", "built_in", "bytes_", "text"}
    assert closed <= frame.locals.keys()
    assert not closed & {value.name for value in frame.values}
    assert frame.locals["proxy"].startswith("<weak")


@every_python
def test_what_is_left_out_of_a_value_is_counted(told: Callable[[str], Frame], python: str) -> None:
    found = dict(flat(told(python).values))
    assert (len(found["many"].members), found["many"].more) == (50, 950)
    assert (len(found["wide"].members), found["wide"].more) == (50, 10)
    assert not found["slotted"].more
    deepest = max(name.count("[") for name in found if name.startswith("deep"))
    assert (deepest, found["deep[0][0][0][0]"].more) == (4, 1)
    assert len(found) <= MOST_NODES


@every_python
def test_a_long_text_has_a_longer_part_and_its_lines(
    told: Callable[[str], Frame], python: str
) -> None:
    found = dict(flat(told(python).values))
    assert (found["lines"].content, found["lines"].length) == ("first\nsecond\n", 13)
    long = found["long_text"]
    assert long.content.startswith("x" * 1900)
    assert long.content.endswith("x…")
    assert (len(long.content) <= 2000, long.length) == (True, 100_000)
    assert told(python).locals["long_text"].endswith("'… (100000 in all)")


@every_python
def test_a_module_that_loads_when_it_is_asked_is_not_loaded(lab: Lab, python: str) -> None:
    outcome = call("values", python, lab)
    found = dict(flat(raised(outcome).frames[-1].values))
    assert found["lazy.__file__"].text.endswith("explodes.py'")
    assert "explodes" not in lab.stderr


@every_python
def test_odd_names_of_locals(lab: Lab, python: str) -> None:
    last = raised(call("surrogate_names", python, lab)).frames[-1]
    assert last.locals == {r"odd \udc80": "1", r"\udc80": "[1]"}
    assert [value.name for value in last.values] == [r"\udc80"]


@every_python
def test_a_namespace_of_the_hooks_own_is_read_as_a_dictionary(lab: Lab, python: str) -> None:
    last = raised(call("own_namespace", python, lab)).frames[-1]
    assert last.locals == {"a": "1", "x": "[1]"}


@every_python
def test_a_dictionary_that_another_thread_changes(lab: Lab, python: str) -> None:
    last = raised(call("restless", python, lab)).frames[-1]
    assert last.locals["changing"][0] in "{("


@old_and_new
def test_huge_values_are_not_copied(lab: Lab, python: str) -> None:
    last = raised(call("huge", python, lab)).frames[-1]
    assert last.locals["text"].endswith("(300000000 in all)")
    assert last.locals["data"].endswith("(300000000 in all)")
    assert last.locals["items"].endswith("19999992 more]")
    grown = (lab.directory / f"output-{lab.count}" / "stdout").read_text()
    assert int(grown) < 30


@old_and_new
def test_of_many_names_the_first_are_told(lab: Lab, python: str) -> None:
    last = raised(call("module_with_many_names", python, lab)).frames[-1]
    assert (len(last.locals), last.more_locals, len(last.values)) == (100, 200, 100)


@old_and_new
def test_of_many_frames_the_innermost_are_told_most(lab: Lab, python: str) -> None:
    error = raised(call("many_frames", python, lab))
    made = [frame for frame in error.frames if frame.file == "<made>"]
    sizes = [len(list(flat(frame.values))) for frame in made]
    assert sizes[-1] == 0  # it has no locals
    assert sizes[-2] > sizes[-3] > sizes[-4] > 0 == sizes[0]
    assert sum(sizes) <= MOST_NODES
    assert "held" in made[0].locals
    assert error.notes == ("(values are left out: there are too many)",)


@old_and_new
def test_values_take_a_limited_time(lab: Lab, python: str) -> None:
    error = raised(call("clock_runs_fast", python, lab))
    told = [frame for frame in error.frames if frame.locals]
    assert 0 < len(told) <= 20  # looks at the clock in a second
    assert error.notes[-1] == "(values are left out: telling all takes more than 1 s)"


@old_and_new
def test_values_take_a_limited_part_of_a_report(lab: Lab, python: str) -> None:
    found = dict(flat(raised(call("wide_text", python, lab)).frames[-1].values))
    written = sum(len(value.text) + len(value.content) for value in found.values())
    assert 0 < written * 12 < 2_500_000
    assert (lab.evidence / "reports.jsonl").stat().st_size < 3_000_000


@old_and_new
def test_of_what_is_too_large_to_report_the_exception_remains(lab: Lab, python: str) -> None:
    error = raised(call("large_chain", python, lab))
    assert (error.type, len(error.message), error.cause) == ("ValueError", 20_000, None)
    assert error.frames[-1].function == "large_chain"
    assert error.notes[-1] == "(too large to report: cause, group left out)"


def test_secrets_in_trees_are_redacted(lab: Lab) -> None:
    project = Path(shutil.copytree(PROJECTS / "hostile", lab.directory / "hostile"))
    secret = "a very secret value"
    lab.redactor.learn([secret])
    outcome = lab.hook(
        kwargs={"config_settings": {"do": "secrets"}},
        project=project,
        backend="hostile",
        env={"HOLDS_IT": secret},
    )
    found = dict(flat(raised(outcome).frames[-1].values))
    assert found["held['deep'][0]"].text == "'[redacted]'"
    assert "[redacted]" in found["held['long']"].content
    assert secret not in (lab.evidence / "reports.jsonl").read_text()
