"""``diagnose`` as a whole: order, bounds, the engine's own causes, rules of other packages."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from buildscope.diagnosis import FailedPhase, Output, diagnose
from buildscope.diagnosis.output import MOST_SUSPECTS
from buildscope.diagnosis.registry import ask
from buildscope.model.failure import Cause, Evidence, Failure, Remedy
from buildscope.model.run import Attempt, BackendFacts
from tests.helpers.records import exception, failed_session, session, write_output

if TYPE_CHECKING:
    from collections.abc import Iterator

NOISE = "gcc -O2 -c some/file.c -o some/file.o\n"
TORCH = "ModuleNotFoundError: No module named 'torch'"


def test_nothing_is_diagnosed_where_nothing_failed(tmp_path: Path) -> None:
    assert diagnose(session(tmp_path, Attempt(id=1, outcome="built")), 1) == ()


def test_an_attempt_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        diagnose(session(tmp_path), 1)


def test_a_cause_is_found_far_from_the_end_and_its_line_is_right(tmp_path: Path) -> None:
    error = "x.c:3:10: fatal error: ffi.h: No such file or directory\n"
    output = NOISE * 3000 + error + NOISE * 3000
    cause = diagnose(failed_session(tmp_path, stdout=output), 1)[0]
    assert cause.id == "missing-header"
    assert cause.evidence is not None
    assert (cause.evidence.stream, cause.evidence.line) == ("stdout", 3001)


def test_source_quoted_by_a_traceback_is_no_compiler_error(tmp_path: Path) -> None:
    quoted = "x.c:3:10: fatal error: ffi.h: No such file or directory"
    stderr = (
        "Traceback (most recent call last):\n"
        '  File "setup.py", line 3, in <module>\n'
        f"    {quoted}\n"
        f"    {TORCH}\n"
        "ValueError: nothing of the kind\n"
    )
    raised = exception("ValueError: nothing of the kind")
    causes = diagnose(failed_session(tmp_path, raised=raised, stderr=stderr), 1)
    assert [cause.id for cause in causes] == ["unknown"]


def test_lines_are_read_without_colours_and_progress(tmp_path: Path) -> None:
    stderr = "10%\r20%\r\x1b[1mx.c:3:10:\x1b[0m \x1b[31mfatal error:\x1b[0m ffi.h: No such file or directory\r\n"
    cause = diagnose(failed_session(tmp_path, stderr=stderr), 1)[0]
    assert cause.id == "missing-header"
    assert cause.summary.startswith("x.c includes ffi.h")


def test_a_python_error_outranks_what_a_tool_said_before_it(tmp_path: Path) -> None:
    stderr = "Package cairo was not found in the pkg-config search path.\n" + TORCH + "\n"
    raised = exception(TORCH, ["project setup.py 19 import torch"])
    causes = diagnose(failed_session(tmp_path, raised=raised, stderr=stderr), 1)
    assert causes[0].id == "undeclared-build-requirement"


def test_one_reason_is_told_once(tmp_path: Path) -> None:
    raised = exception(TORCH, ["project setup.py 19 import torch"])
    causes = diagnose(failed_session(tmp_path, raised=raised, stderr=f"{TORCH}\n" * 5), 1)
    assert [cause.id for cause in causes] == ["undeclared-build-requirement"]


def test_there_are_at_most_five(tmp_path: Path) -> None:
    headers = [f"x.c:{n}:1: fatal error: q{n}.h: No such file or directory\n" for n in range(1, 30)]
    libraries = [f"/usr/bin/ld: cannot find -lq{n}\n" for n in range(30)]
    causes = diagnose(failed_session(tmp_path, stderr="".join(headers + libraries)), 1)
    assert len(causes) == 5


def test_all_that_setup_py_needs_is_offered_together(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    source = "import os\nimport torch\nfrom packaging import version\nimport pkg_resources\n"
    (tmp_path / "tree" / "setup.py").write_text(source)
    raised = exception(TORCH, ["project setup.py 2 import torch"])
    cause = diagnose(failed_session(tmp_path, raised=raised), 1)[0]
    assert [remedy.label for remedy in cause.remedies] == [
        "+torch",
        "+torch +packaging",
        "isolation off",
    ]


def test_the_engines_own_cause_is_certain(tmp_path: Path) -> None:
    failure = Failure(
        message="pyproject.toml is no TOML", cause="invalid-pyproject", hint="close it", line=3
    )
    cause = diagnose(failed_session(tmp_path, failure=failure), 1)[0]
    assert (cause.id, cause.confidence) == ("invalid-pyproject", "certain")
    assert cause.evidence is not None
    assert cause.evidence.line == 3
    assert cause.remedies == (Remedy(summary="close it"),)


def test_a_python_that_is_refused_is_answered_by_one_that_fits(tmp_path: Path) -> None:
    failure = Failure(message="needs another Python", cause="unsupported-python")
    backend = BackendFacts(backend="b", requires=(), requires_python=">=3.8,<3.10")
    cause = diagnose(failed_session(tmp_path, failure=failure, backend=backend), 1)[0]
    assert cause.remedies[0].settings == {"python": "3.9"}


def test_time_is_given_where_it_ran_out(tmp_path: Path) -> None:
    failure = Failure(message="it took too long", cause="timeout")
    cause = diagnose(failed_session(tmp_path, failure=failure), 1)[0]
    assert cause.remedies[0].label == "timeout 1200"


def test_a_killed_process_may_want_less_memory(tmp_path: Path) -> None:
    failure = Failure(message="build_wheel was killed by SIGKILL", cause="hook-died")
    record = failed_session(tmp_path, failure=failure)
    attempt = record.attempts[0]
    runs = tuple(
        msgspec.structs.replace(run, signal="SIGKILL", exit_code=None)
        if run.status == "failed"
        else run
        for run in attempt.phases
    )
    record = session(tmp_path, msgspec.structs.replace(attempt, phases=runs))
    cause = diagnose(record, 1)[0]
    assert cause.id == "hook-died"
    assert "memory" in cause.summary
    assert cause.remedies[0].settings["env"]["MAX_JOBS"] == "1"


def test_no_output_and_no_exception_is_said_so(tmp_path: Path) -> None:
    cause = diagnose(failed_session(tmp_path), 1)[0]
    assert cause.summary == "No rule knows this: get_requires failed without a word (1)"


def _broken_rule(facts: FailedPhase) -> Iterator[Cause]:
    raise ValueError("oops")
    yield


def _good_rule(facts: FailedPhase) -> Iterator[Cause]:
    yield Cause(
        id="timeout",
        confidence="likely",
        attempt=facts.attempt.id,
        summary="ours",
        evidence=Evidence(phase=facts.phase),
    )


def test_a_broken_rule_is_named_and_the_others_are_asked(tmp_path: Path) -> None:
    causes = diagnose(failed_session(tmp_path), 1, rules=[_broken_rule, _good_rule])
    assert [cause.summary for cause in causes[:1]] == ["ours"]
    assert "_broken_rule is broken" in causes[1].summary
    assert "ValueError: oops" in causes[1].summary


def test_rules_of_other_packages_are_asked(tmp_path: Path) -> None:
    record = failed_session(tmp_path)
    facts = FailedPhase(record, record.attempts[0], record.attempts[0].phase("get_requires"))
    points = [
        EntryPoint("good", f"{__name__}:_good_rule", "buildscope.rules"),
        EntryPoint("gone", "no_such_module:rule", "buildscope.rules"),
    ]
    causes, broken = ask(facts, points=points)
    assert "ours" in [cause.summary for cause in causes]
    assert "no_such_module" in broken[0].summary


def test_without_an_installed_version_a_bound_still_applies(tmp_path: Path) -> None:
    raised = exception("SystemExit: error in x setup command: use_2to3 is invalid.")
    cause = diagnose(failed_session(tmp_path, raised=raised, installed={}), 1)[0]
    assert cause.remedies[0].label == "setuptools<58"


def test_a_bound_that_is_kept_already_is_not_offered(tmp_path: Path) -> None:
    raised = exception("SystemExit: error in x setup command: use_2to3 is invalid.")
    installed = {"setuptools": "57.5.0"}
    causes = diagnose(failed_session(tmp_path, raised=raised, installed=installed), 1)
    assert "setuptools<58" not in [r.label for cause in causes for r in cause.remedies]


def test_suspects_of_a_flood_are_bounded_to_its_ends(tmp_path: Path) -> None:
    fields = write_output(tmp_path, stderr="".join(f"error {n}\n" for n in range(50_000)))
    suspects = Output({"stderr": Path(fields["stderr"])}).suspects
    assert len(suspects) == MOST_SUSPECTS
    assert (suspects[0].number, suspects[-1].number) == (1, 50_000)
    assert suspects[-1].text == "error 49999"


def test_the_surroundings_of_a_line_are_its_streams(tmp_path: Path) -> None:
    fields = write_output(tmp_path, stderr="one\ntwo error\nthree\nfour\n")
    output = Output({"stderr": Path(fields["stderr"])})
    line = output.suspects[0]
    assert output.before(line, 3) == ["one"]
    assert output.after(line, 1) == ["three"]
    assert [found.text for found in output.tail("stderr", 2)] == ["three", "four"]


def test_one_endless_line_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "stderr"
    path.write_bytes(b"x" * 9_000_000 + b"\nerror: at last\n")
    suspects = Output({"stderr": path}).suspects
    assert suspects[-1].text == "error: at last"


@pytest.mark.parametrize(
    ("uploaded", "python"),
    [("2017-05-01T00:00:00Z", "3.8"), ("2022-01-01T00:00:00Z", "3.10"), (None, None)],
)
def test_old_sources_that_do_not_compile_want_the_python_of_their_time(
    tmp_path: Path, uploaded: str | None, python: str | None
) -> None:
    record = failed_session(tmp_path, stderr="x.c:7:5: error: expected ';'\n")
    attempt = record.attempts[0]
    assert attempt.source is not None
    source = msgspec.structs.replace(attempt.source, uploaded=uploaded)
    record = session(tmp_path, msgspec.structs.replace(attempt, source=source))
    cause = diagnose(record, 1)[0]
    assert [remedy.settings.get("python") for remedy in cause.remedies] == (
        [python] if python else []
    )


def test_the_address_of_a_download_is_found_in_the_frame(tmp_path: Path) -> None:
    raised = exception("URLError: <urlopen error timed out>", ["project setup.py 9 urlopen(URL)"])
    frame = msgspec.structs.replace(
        raised.frames[0], locals={"URL": "'https://x.invalid/a.zip'", "other": "'https://no'"}
    )
    raised = msgspec.structs.replace(raised, frames=(frame,))
    cause = diagnose(failed_session(tmp_path, raised=raised), 1)[0]
    assert "downloads https://x.invalid/a.zip" in cause.summary


def test_the_end_of_a_stream_is_numbered_from_its_beginning(tmp_path: Path) -> None:
    fields = write_output(tmp_path, stdout="".join(f"line {n}\n" for n in range(1, 20_001)))
    last = Output({"stdout": Path(fields["stdout"])}).tail("stdout", 3)
    assert [(line.number, line.text) for line in last] == [
        (number, f"line {number}") for number in (19_998, 19_999, 20_000)
    ]


def test_a_python_that_has_it_comes_before_the_python_of_its_time(tmp_path: Path) -> None:
    stderr = "x.c:1:10: fatal error: longintrepr.h: No such file or directory\n"
    record = failed_session(tmp_path, stderr=stderr)
    attempt = record.attempts[0]
    assert attempt.source is not None
    source = msgspec.structs.replace(attempt.source, uploaded="2017-05-01T00:00:00Z")
    record = session(tmp_path, msgspec.structs.replace(attempt, source=source))
    cause = diagnose(record, 1)[0]
    assert [remedy.label for remedy in cause.remedies] == ["python 3.10", "python 3.8"]
