"""What the machine and the interpreter lack: causes, exact needs, and the tables behind them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import tomli

from buildscope.diagnosis import diagnose
from buildscope.diagnosis.cpython import gone
from buildscope.diagnosis.tables import minor
from buildscope.environments.interpreters import find_interpreter
from buildscope.errors import BuildscopeError
from buildscope.model.failure import Failure
from tests.helpers.records import exception, failed_session

if TYPE_CHECKING:
    from buildscope.diagnosis.cpython import Part
    from buildscope.model.failure import Cause, ExceptionRecord

DATA = Path(__file__).parent / "data" / "diagnosis" / "machine.toml"
CASES = tomli.loads(DATA.read_text("utf-8"))["case"]


def _diagnosed(case: dict[str, Any], directory: Path) -> Cause:
    project = directory / "tree"
    project.mkdir()
    for index, name in enumerate(case.get("files", ())):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("" if index else case["source"])
    if "setup" in case:
        (project / "setup.py").write_text(case["setup"])
    record = failed_session(
        directory,
        phase="build_wheel",
        raised=exception(case["exception"], case.get("frames", ()), case.get("context")),
        stdout=case.get("stdout", "").lstrip("\n"),
        stderr=case.get("stderr", "").lstrip("\n"),
        python=case.get("python", "3.11.7"),
    )
    (attempt,) = record.attempts
    assert attempt.source is not None
    source = msgspec.structs.replace(attempt.source, uploaded=case.get("uploaded"))
    attempt = msgspec.structs.replace(attempt, source=source)
    return diagnose(msgspec.structs.replace(record, attempts=(attempt,)), 1)[0]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_what_is_lacking_is_the_first_cause(case: dict[str, Any], tmp_path: Path) -> None:
    cause, expected = _diagnosed(case, tmp_path), case["expect"]
    assert cause.id == expected["id"], cause.summary
    assert cause.confidence == expected.get("confidence", cause.confidence)
    told = cause.summary + "".join(remedy.summary for remedy in cause.remedies)
    assert expected.get("summary", "") in told
    assert cause.evidence is not None
    assert cause.evidence.line == expected.get("line", cause.evidence.line)
    if "labels" in expected:
        assert [remedy.label for remedy in cause.remedies if remedy.label] == expected["labels"]
    needs = [f"{need.kind} {need.name}" for remedy in cause.remedies for need in remedy.system]
    assert needs == ([expected["system"]] if "system" in expected else [])


def test_a_need_names_the_packages_of_each_system(tmp_path: Path) -> None:
    case = {
        "exception": "SystemExit: error: command '/usr/bin/gcc' failed with exit code 1",
        "stderr": "x.c:3:10: fatal error: portaudio.h: No such file or directory\n",
    }
    (remedy,) = _diagnosed(case, tmp_path).remedies
    (need,) = remedy.system
    assert (need.kind, need.name) == ("header", "portaudio.h")
    assert (need.apt, need.dnf, need.brew) == ("portaudio19-dev", "portaudio-devel", "portaudio")
    assert remedy.settings == {}


def test_a_backend_that_asks_for_a_program_in_its_source(tmp_path: Path) -> None:
    raised = exception(
        "PyProjectOptionException: ", ["backend /env/builder.py 49 raise E('qmake',"]
    )
    context = (
        "raise PyProjectOptionException('qmake',",
        '"specify a working qmake or add it to PATH")',
    )
    cause = diagnose(failed_session(tmp_path, raised=_with_context(raised, context)), 1)[0]
    assert (cause.id, cause.confidence) == ("missing-toolchain", "certain")
    assert cause.remedies[0].system[0].name == "Qt"


def _with_context(raised: ExceptionRecord, context: tuple[str, ...]) -> ExceptionRecord:
    (frame,) = raised.frames
    frame = msgspec.structs.replace(frame, context=context, context_line=frame.line)
    return msgspec.structs.replace(raised, frames=(frame,))


def test_a_stopped_build_is_not_blamed_on_what_it_only_looked_for(tmp_path: Path) -> None:
    causes = diagnose(
        failed_session(
            tmp_path,
            phase="build_wheel",
            stderr="Package sentencepiece was not found in the pkg-config search path.\n",
            failure=Failure(message="build_wheel had not ended after 200 s", cause="timeout"),
        ),
        1,
    )
    assert [cause.id for cause in causes] == ["timeout"]


def test_a_requires_python_is_cured_by_the_newest_that_it_admits(tmp_path: Path) -> None:
    message = "x needs Python >=3.6,<3.10, and this is 3.11.7"
    failure = Failure(message=message, cause="unsupported-python")
    (cause,) = diagnose(failed_session(tmp_path, phase="static_requires", failure=failure), 1)
    assert [remedy.settings for remedy in cause.remedies] == [{"python": "3.9"}]


_PROBE = """
import importlib, json, sys, sysconfig, warnings
warnings.simplefilter("ignore")
has = []
for name in json.load(sys.stdin):
    module, _, attribute = name.rpartition(".")
    try:
        if hasattr(importlib.import_module(module), attribute):
            has.append(name)
    except Exception:
        pass
print(json.dumps([has, sysconfig.get_paths()["include"]]))
"""


@pytest.mark.parametrize("python", ["3.8", "3.10", "3.12", "3.13"])
def test_what_is_said_to_be_gone_is_gone(python: str, shared_cache: Path) -> None:
    try:
        found = find_interpreter(python, cache=shared_cache, environ=os.environ)
    except BuildscopeError:
        pytest.skip(f"no Python {python} here")
    running = minor(python)
    names = _gone_before("names", running)
    asked = subprocess.run(
        [found.path, "-c", _PROBE],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=True,
    )
    has, include = json.loads(asked.stdout.splitlines()[-1])
    assert has == []
    headers = [path for path in Path(include).rglob("*.h") if "internal" not in path.parts]
    if not headers:
        pytest.skip(f"no headers of Python {python} here")
    words = {word for path in headers for word in re.findall(r"\w+", _code(path))}
    assert set(_gone_before("identifiers", running)) & words == set()
    shipped = {path.relative_to(include).as_posix() for path in headers}
    assert set(_gone_before("headers", running)) & shipped == set()


def _gone_before(part: Part, running: int) -> list[str]:
    return [word for word, last in gone(part).items() if minor(last) < running]


def _code(header: Path) -> str:
    text = re.sub(r"/\*.*?\*/", " ", header.read_text(errors="replace"), flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)
