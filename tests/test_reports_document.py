"""The JSON document: as the design fixes it, valid against the schema that is shipped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from buildscope.diagnosis import diagnose
from buildscope.model.failure import Evidence, Warned
from buildscope.model.names import PHASES
from buildscope.model.recipe import Recipe, Search
from buildscope.model.run import Attempt, PhaseRun
from buildscope.reports.document import document, make_document, schema, shipped_schema
from tests.helpers.json_schema import violations
from tests.helpers.records import exception, failed_session, session

if TYPE_CHECKING:
    from pathlib import Path

    from buildscope.model.run import SessionRecord


@pytest.fixture
def failed(tmp_path: Path) -> SessionRecord:
    """Failed at ``get_requires`` for an undeclared module, and diagnosed."""
    raised = exception(
        "ModuleNotFoundError: No module named 'torch'", ["project setup.py 19 import torch"]
    )
    record = failed_session(tmp_path, raised=raised, stderr="Traceback\nfailed\n")
    attempt = msgspec.structs.replace(record.attempts[0], causes=diagnose(record, 1))
    return msgspec.structs.replace(record, attempts=(attempt,))


def _parsed(record: SessionRecord) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(document(record))
    shipped = json.loads(shipped_schema())
    assert violations(parsed, shipped, shipped) == []
    return parsed


def test_the_shipped_schema_is_the_one_that_the_types_make() -> None:
    assert shipped_schema() == schema(), (
        "reports/schema.json is stale; write buildscope.reports.document.schema() to it"
    )


def test_the_document_has_what_the_design_fixes(failed: SessionRecord) -> None:
    parsed = _parsed(failed)
    assert list(parsed)[:10] == [
        "schema",
        "buildscope",
        "target",
        "outcome",
        "session",
        "artifact",
        "attempts",
        "causes",
        "warnings",
        "recipe",
    ]
    assert (parsed["schema"], parsed["outcome"], parsed["recipe"]) == (1, "failed", None)
    attempt = parsed["attempts"][0]
    assert list(attempt)[:8] == [
        "id",
        "parent",
        "changed",
        "outcome",
        "failed_phase",
        "settings",
        "interpreter",
        "phases",
    ]
    assert {"python", "isolation", "extra", "constraints", "env"} <= set(attempt["settings"])
    assert [phase["name"] for phase in attempt["phases"]] == list(PHASES)


def test_a_failed_phase_is_told_whole(failed: SessionRecord) -> None:
    phase = _parsed(failed)["attempts"][0]["phases"][4]
    assert list(phase)[:14] == [
        "name",
        "status",
        "from",
        "seconds",
        "exit_code",
        "signal",
        "stdout_lines",
        "stderr_lines",
        "stdout",
        "stderr",
        "requires",
        "installed",
        "result",
        "exception",
    ]
    assert (phase["status"], phase["exit_code"], phase["stderr_lines"]) == ("failed", 1, 2)
    frame = phase["exception"]["frames"][0]
    assert (frame["file"], frame["line"], frame["owner"]) == ("setup.py", 19, "project")
    assert phase["exception"]["cause"] is None


def test_causes_and_warnings_are_the_last_attempts(failed: SessionRecord) -> None:
    parsed = _parsed(failed)
    cause = parsed["causes"][0]
    assert (cause["id"], cause["attempt"]) == ("undeclared-build-requirement", 1)
    assert cause["remedies"][0]["settings"] == {"extra": ["torch"]}
    warned = Warned(
        id="default-version",
        attempt=2,
        summary="version 0.0.0 was made up",
        evidence=Evidence(phase="prepare_metadata"),
    )
    built = Attempt(id=2, parent=1, outcome="built", artifact="x.whl", warnings=(warned,))
    record = msgspec.structs.replace(failed, attempts=(*failed.attempts, built))
    parsed = _parsed(record)
    assert (parsed["outcome"], parsed["artifact"], parsed["causes"]) == ("built", "x.whl", [])
    assert parsed["warnings"][0]["id"] == "default-version"


def test_a_carried_phase_names_its_attempt(tmp_path: Path) -> None:
    runs = (PhaseRun(name="source", status="carried", from_=1),)
    parsed = _parsed(session(tmp_path, Attempt(id=2, outcome="built", phases=runs)))
    assert parsed["attempts"][0]["phases"][0]["from"] == 1


def test_what_was_cut_off_is_interrupted_and_pending(tmp_path: Path) -> None:
    runs = (PhaseRun(name="source", status="running"),)
    parsed = _parsed(session(tmp_path, Attempt(id=1, phases=runs)))
    assert parsed["outcome"] == "interrupted"
    assert parsed["attempts"][0]["phases"][0]["status"] == "pending"


def test_a_session_without_attempts_has_a_document(tmp_path: Path) -> None:
    parsed = _parsed(session(tmp_path))
    assert (parsed["outcome"], parsed["attempts"]) == ("interrupted", [])


def test_the_recipe_and_the_faults_of_a_search_are_told(failed: SessionRecord) -> None:
    assert failed.last is not None
    fault = msgspec.structs.replace(failed.last.causes[0], summary="the first fault")
    search = Search(
        started=0.0,
        budget=300.0,
        recipe=Recipe(proven=True, extra=("torch",)),
        faults=(fault,),
    )
    made = make_document(msgspec.structs.replace(failed, search=search))
    assert made.recipe is not None
    assert made.recipe.extra == ("torch",)
    assert made.causes == (fault,)


def test_the_schema_refuses_what_is_wrong(failed: SessionRecord) -> None:
    shipped = json.loads(shipped_schema())
    parsed = json.loads(document(failed))
    parsed["attempts"][0]["phases"][0]["status"] = "running"
    del parsed["causes"]
    assert len(violations(parsed, shipped, shipped)) == 2
