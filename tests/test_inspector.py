"""Exceptions and stacks as the inspector reports them, from every Python that is there."""

from __future__ import annotations

import shutil
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyproject_hooks
import pytest

from buildscope.hooks.reported import ReportLog
from buildscope.journal.redact import Redactor
from tests.helpers.procs import OLDEST, PROJECTS, PYTHONS, Lab
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from buildscope.hooks.call import HookOutcome
    from buildscope.model.failure import ExceptionRecord

every_python = pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
old_and_new = pytest.mark.parametrize("python", [PYTHONS[OLDEST], sys.executable])


class Hook(Protocol):
    def __call__(self, do: str, **options: Any) -> HookOutcome: ...


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "trouble", tmp_path / "trouble"))


@pytest.fixture
def hook(lab: Lab, project: Path) -> Hook:
    """Calls the hook that does what it is told, and gives the outcome."""

    def call(do: str, **options: Any) -> HookOutcome:
        kwargs = {"config_settings": {"do": do}}
        return lab.hook(kwargs=kwargs, project=project, backend="trouble", **options)

    return call


def failed(outcome: HookOutcome) -> ExceptionRecord:
    """The exception of a hook that has no result because of it."""
    assert not outcome.has_result
    assert outcome.faults == ()
    assert outcome.exception is not None
    return outcome.exception


@every_python
def test_frames_run_from_the_outermost_call_to_the_innermost(hook: Hook, python: str) -> None:
    error = failed(hook("import_error", python=python))
    assert (error.type, error.message) == (
        "ModuleNotFoundError",
        "No module named 'no_such_module_at_all'",
    )
    assert error.attributes["name"] == "no_such_module_at_all"
    assert error.frames[0].owner == "frontend"
    last = error.frames[-1]
    assert (last.file, last.function, last.owner) == ("trouble.py", "import_error", "project")
    assert last.source == "import no_such_module_at_all"
    assert last.context[last.line - last.context_line].strip() == last.source


@every_python
def test_columns_are_those_of_the_failing_expression(hook: Hook, python: str) -> None:
    last = failed(hook("implicit", python=python)).frames[-1]
    line = last.context[last.line - last.context_line]
    if python in {PYTHONS[version] for version in PYTHONS if int(version[2:]) >= 11}:
        assert last.columns is not None
        assert line[slice(*last.columns)] == 'raise ValueError("outer")'
    else:
        assert last.columns is None


@old_and_new
def test_an_explicit_cause_is_told_from_an_implicit_one(hook: Hook, python: str) -> None:
    explicit = failed(hook("explicit", python=python))
    assert explicit.cause is not None
    assert (explicit.cause.type, explicit.implicit) == ("KeyError", False)
    implicit = failed(hook("implicit", python=python))
    assert implicit.cause is not None
    assert (implicit.cause.type, implicit.implicit) == ("KeyError", True)
    assert failed(hook("suppressed", python=python)).cause is None


@old_and_new
def test_circles_and_long_chains_end(hook: Hook, python: str) -> None:
    circle = failed(hook("circle", python=python))
    assert circle.cause is not None
    assert circle.cause.cause is None
    error: ExceptionRecord | None = failed(hook("long_chain", python=python))
    length = 0
    while error is not None:
        length, last, error = length + 1, error, error.cause
    assert 10 <= length <= 30
    assert "too long" in last.notes[-1]


@old_and_new
def test_notes_are_kept(hook: Hook, python: str) -> None:
    assert failed(hook("notes", python=python)).notes == ("first note", "second note")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="has no exception groups")
def test_members_of_a_group_are_kept(hook: Hook) -> None:
    error = failed(hook("group"))
    assert [(it.type, it.message) for it in error.group] == [
        ("ValueError", "one"),
        ("TypeError", "two"),
    ]


@every_python
def test_locals_are_bounded_and_run_no_code(hook: Hook, python: str) -> None:
    values = failed(hook("locals_", python=python)).frames[-1].locals
    assert values["number"] == "7"
    assert values["text"].endswith("… (100000 in all)")
    assert values["large"].startswith("<int of ")
    assert values["nasty"] == "<trouble.Nasty object>"
    assert values["sly"] == "<trouble.Sly object>"
    assert values["meta"] == "<class trouble.Sly>"
    assert values["environ"] == "<os._Environ object>"
    assert values["lone"] == r"'\udc80'"
    assert values["endless"] == "[[[…]]]"
    assert all(len(text) <= 200 for text in values.values())


@old_and_new
def test_all_frames_have_locals_but_those_of_the_frontend(hook: Hook, python: str) -> None:
    frames = failed(hook("called", python=python)).frames
    last = frames[-1]
    assert (last.owner, last.function) == ("stdlib", "check_call")
    assert "retcode" in last.locals
    asked = [frame for frame in frames if frame.function == "get_requires_for_build_wheel"]
    assert [bool(frame.locals) for frame in asked] == [frame.owner == "project" for frame in asked]
    assert not any(frame.locals for frame in frames if frame.owner == "frontend")


@old_and_new
def test_attributes_that_rules_need(hook: Hook, python: str) -> None:
    error = failed(hook("os_error", python=python))
    assert error.attributes == {"errno": "ENOENT", "filename": "/no/such/file"}
    called = failed(hook("called", python=python))
    assert called.qualified == "subprocess.CalledProcessError"
    assert called.attributes["returncode"] == "4"
    assert "raise SystemExit(4)" in called.attributes["cmd"]


@every_python
def test_a_syntax_error_has_a_frame_of_its_own(hook: Hook, python: str) -> None:
    error = failed(hook("syntax_error", python=python))
    last = error.frames[-1]
    assert error.type == "SyntaxError"
    assert (last.file, last.line, last.owner) == ("broken.py", 2, "project")
    assert last.source == "def broken(:"
    assert last.columns == (11, 12)
    assert last.context == ("good = 1", "def broken(:", "    pass")


@old_and_new
def test_an_exception_that_cannot_be_printed_is_reported(hook: Hook, python: str) -> None:
    assert failed(hook("unprintable", python=python)).message == "(its __str__ raised RuntimeError)"


@every_python
def test_a_system_exit_is_a_failure(hook: Hook, python: str) -> None:
    outcome = hook("bail_out", python=python)
    error = failed(outcome)
    assert (error.type, error.message) == ("SystemExit", "the compiler is missing")
    assert outcome.ended.exit_code == 1
    zero = hook("exit_zero", python=python)
    assert failed(zero).attributes["code"] == "0"
    assert zero.ended.exit_code == 0


@old_and_new
def test_a_fork_reports_nothing(hook: Hook, lab: Lab, python: str) -> None:
    assert failed(hook("fork", python=python)).message == "in the original"
    assert (lab.evidence / "reports.jsonl").read_text().count('"exception"') == 1


@every_python
def test_processes_of_multiprocessing_can_be_spawned(hook: Hook, lab: Lab, python: str) -> None:
    outcome = hook("spawn", python=python)
    assert (outcome.result, outcome.faults) == (["49"], ())
    assert lab.stderr == ""


@every_python
def test_its_own_files_cannot_be_imported(hook: Hook, python: str) -> None:
    assert hook("own_files", python=python).result == []


def see_without_inspector(project: Path, python: str) -> dict[str, Any]:
    """What the same hook sees when the library's own runner calls it."""
    caller = pyproject_hooks.BuildBackendHookCaller(
        str(project), "trouble", ["."], pyproject_hooks.quiet_subprocess_runner, python
    )
    seen: Any = caller.get_requires_for_build_wheel({"do": "see"})
    return dict(seen)


@every_python
def test_the_hook_sees_what_it_would_see_without_it(hook: Hook, project: Path, python: str) -> None:
    seen = hook("see", python=python).result
    bare = see_without_inspector(project, python)
    assert seen["path"] == bare["path"]
    assert seen["argv"][:2] == bare["argv"][:2]
    assert seen["write"] == bare["write"]
    assert seen["descriptors"] == []
    ignored = {"LC_CTYPE"}  # Python sets it at start, where the locale is C
    assert {**seen["environ"], **dict.fromkeys(ignored)} == {
        **bare["environ"],
        **dict.fromkeys(ignored),
    }


@every_python
def test_a_hook_that_passes_pays_for_few_imports(hook: Hook, project: Path, python: str) -> None:
    seen = set(hook("see", python=python).result["modules"])
    added = seen - set(see_without_inspector(project, python)["modules"])
    assert {name for name in added if not name.startswith("_buildscope_inside")} <= {
        "__future__",
        "atexit",
        "faulthandler",
        "importlib.machinery",
        "importlib._bootstrap",
    }
    assert len(added) <= 9


@old_and_new
def test_a_hook_may_close_the_pipe_and_take_its_number(hook: Hook, python: str) -> None:
    outcome = hook("close_all", python=python)
    assert (outcome.result, outcome.warnings) == ([""], ())


def test_what_a_hook_writes_into_the_pipe_is_no_danger(hook: Hook) -> None:
    outcome = hook("forge")
    assert (outcome.result, outcome.exception, outcome.stack) == (["fine"], None, ())


@every_python
def test_warnings_are_told_and_printed(hook: Hook, lab: Lab, python: str) -> None:
    outcome = hook("warn", python=python)
    assert [text.partition(": ")[2] for text in outcome.warnings] == [
        "UserWarning: careful",
        "FutureWarning: old",
    ]
    assert outcome.warnings[0].startswith("trouble.py:")
    assert "UserWarning: careful" in lab.stderr


def test_warnings_of_a_hook_that_fails_are_kept(hook: Hook) -> None:
    outcome = hook("warn_and_fail")
    assert failed(outcome).message == "bad"
    assert len(outcome.warnings) == 1


def test_what_was_reported_survives_an_abrupt_end(hook: Hook) -> None:
    outcome = hook("vanish")
    assert (outcome.ended.exit_code, outcome.has_result, outcome.exception) == (0, False, None)
    assert len(outcome.warnings) == 1


def test_text_that_no_encoding_has_is_replaced(hook: Hook) -> None:
    outcome = hook("surrogates")
    assert outcome.result == ["?"]
    assert outcome.warnings[0].endswith("odd ? text")


HANGS = 'time.sleep(print("ready", flush=True) or seconds)  # says so and hangs, on one line'


def stop_when_ready(lab: Lab) -> threading.Thread:
    """Requests a stop once the next hook has printed ``ready``."""
    output = lab.directory / f"output-{lab.count + 1}" / "stdout"

    def request() -> None:
        wait_until(lambda: output.exists() and output.read_text() == "ready\n")
        lab.stop.request("enough")

    thread = threading.Thread(target=request)
    thread.start()
    return thread


@every_python
def test_a_stop_names_the_line_that_hangs(hook: Hook, lab: Lab, python: str) -> None:
    thread = stop_when_ready(lab)
    outcome = hook("hang", python=python)
    thread.join()
    assert (outcome.ended.stopped, outcome.exception) == (True, None)
    last = outcome.stack[-1]
    assert (last.file, last.owner) == ("trouble.py", "project")
    assert last.source == HANGS
    assert last.locals == {"seconds": "1000"}


@every_python
def test_a_hang_where_no_python_runs_is_named_too(hook: Hook, lab: Lab, python: str) -> None:
    thread = stop_when_ready(lab)
    last = hook("hang_in_c", python=python).stack[-1]
    thread.join()
    assert (last.file, last.function) == ("trouble.py", "hang_in_c")
    assert last.source.endswith("# then nothing of Python runs here")


def test_what_python_tells_of_a_stop_outlasts_what_was_dumped_before_it(tmp_path: Path) -> None:
    dumped = b'Stack (most recent call first):\n  File "/p/a.py", line 3 in f\n'
    told = b'{"event": "stack", "content": [{"file": "a.py", "line": 3, "function": "f"}]}\n'
    log = ReportLog(tmp_path, Redactor(), Path("/p"), held=lambda: None, keep_log=lambda *_: None)
    with closing(log):
        log.feed(dumped + told)
        assert [frame.file for frame in log.stack] == ["a.py"]
        log.feed(b"")
        log.feed(dumped.replace(b"/p/a.py", b"/q/b.py"))
        assert [frame.file for frame in log.stack] == ["/q/b.py"]
    assert (tmp_path / "reports.jsonl").read_text().count('"stack"') == 2


def test_a_timeout_names_the_line_that_hangs(hook: Hook) -> None:
    outcome = hook("hang", timeout=2)
    assert (outcome.ended.timed_out, outcome.ended.stopped) == (True, False)
    assert outcome.stack[-1].source == HANGS


def test_a_hook_that_ignores_signals_is_killed(hook: Hook, lab: Lab) -> None:
    thread = stop_when_ready(lab)
    outcome = hook("ignore_term")
    thread.join()
    assert outcome.ended.signal == "SIGKILL"
    assert outcome.stack[-1].function == "hang"


def test_a_project_behind_a_link_is_the_project(lab: Lab, project: Path) -> None:
    link = project.parent / "link"
    link.symlink_to(project)
    kwargs = {"config_settings": {"do": "warn_and_fail"}}
    outcome = lab.hook(kwargs=kwargs, project=link, backend="trouble")
    assert failed(outcome).frames[-1].file == "trouble.py"
    assert outcome.warnings[0].startswith("trouble.py:")
