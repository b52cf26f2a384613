"""Rules over build requirements: what real builds said, and what the tables must never say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildscope.diagnosis import diagnose
from buildscope.diagnosis.mending import mended_requirement, mended_specifier
from buildscope.diagnosis.tables import (
    distribution_of,
    distributions,
    removals,
    removed_attribute,
    removed_name,
)
from tests.helpers.records import exception, failed_session

if TYPE_CHECKING:
    from buildscope.model.failure import Cause, ExceptionRecord
    from buildscope.model.run import SessionRecord

DATA = Path(__file__).parent / "data" / "diagnosis" / "requirements.toml"
LOOK_ALIKES = [
    "pkg_resources",
    "distutils",
    "sklearn",
    "cv2",
    "yaml",
    "PIL",
    "bs4",
    "dateutil",
    "attr",
    "dotenv",
    "git",
    "serial",
    "usb",
    "OpenSSL",
    "magic",
    "Xlib",
    "skimage",
    "Crypto",
    "jwt",
    "dns",
    "ldap",
    "gi",
    "zmq",
    "wx",
    "github",
    "google",
    "azure",
    "zope",
    "fitz",
    "socks",
    "faiss",
]


def _cases() -> list[Any]:
    cases = tomli.loads(DATA.read_text("utf-8"))["case"]
    return [pytest.param(case, id=case["name"]) for case in cases]


def _raised(case: dict[str, Any]) -> ExceptionRecord | None:
    if "exception" not in case:
        return None
    raised = exception(case["exception"], case.get("frames", ()))
    context = _raised(case.get("context", {}))
    return msgspec.structs.replace(raised, cause=context, implicit=context is not None)


def _failed(case: dict[str, Any], directory: Path) -> SessionRecord:
    project = directory / "tree"
    project.mkdir()
    for key, name in (("setup", "setup.py"), ("pyproject", "pyproject.toml")):
        if key in case:
            (project / name).write_text(case[key], encoding="utf-8")
    record = failed_session(
        directory,
        phase=case.get("phase", "get_requires"),
        raised=_raised(case),
        stdout=case.get("stdout", "").lstrip("\n"),
        stderr=case.get("stderr", "").lstrip("\n"),
        installed=case.get("installed"),
        python=case.get("python", "3.11.7"),
    )
    (attempt,) = record.attempts
    assert attempt.source is not None
    source = msgspec.structs.replace(attempt.source, uploaded=case.get("uploaded"))
    phases = [
        msgspec.structs.replace(run, requires=case.get("requires", ())) for run in attempt.phases
    ]
    attempt = msgspec.structs.replace(attempt, source=source, phases=tuple(phases))
    return msgspec.structs.replace(record, attempts=(attempt,))


def _told(cause: Cause) -> str:
    return cause.summary + "".join(remedy.summary for remedy in cause.remedies)


@pytest.mark.parametrize("case", _cases())
def test_a_failure_over_requirements_gets_its_cause_first(
    case: dict[str, Any], tmp_path: Path
) -> None:
    cause = diagnose(_failed(case, tmp_path), 1)[0]
    expected = case["expect"]
    assert cause.id == expected["id"], cause.summary
    assert cause.confidence == expected.get("confidence", cause.confidence)
    labels = [remedy.label for remedy in cause.remedies]
    assert labels[: len(expected["labels"]) or None] == expected["labels"]
    assert expected.get("summary", "") in _told(cause)
    if "files" in expected:
        assert cause.remedies[0].files == expected["files"]


def test_no_broken_rule_is_left_out(tmp_path: Path) -> None:
    for number, param in enumerate(_cases()):
        directory = tmp_path / str(number)
        directory.mkdir()
        for cause in diagnose(_failed(param.values[0], directory), 1):
            assert "is broken" not in cause.summary


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("google.cloud.storage", "google-cloud-storage"),
        ("google.protobuf.message", "protobuf"),
        ("google", "protobuf"),
        ("zope.interface.declarations", "zope.interface"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("jaraco.text", "jaraco.text"),
        ("azure.mgmt.compute", "azure-mgmt-compute"),
        ("backports.zoneinfo", "backports.zoneinfo"),
        ("mpl_toolkits.basemap", "basemap"),
        ("poetry.core.masonry.api", "poetry-core"),
        ("pdm.pep517.api", "pdm-pep517"),
        ("skbuild", "scikit-build"),
        ("_cffi_backend", "cffi"),
        ("some_module.part", "some_module"),
    ],
)
def test_the_distribution_of_a_module(module: str, distribution: str) -> None:
    assert distribution_of(module) == distribution


def test_a_look_alike_is_never_offered() -> None:
    offered = {canonicalize_name(name) for name in distributions().distributions.values()}
    assert not offered & {canonicalize_name(name) for name in LOOK_ALIKES}
    for name in LOOK_ALIKES:
        other = canonicalize_name(distribution_of(name)) != canonicalize_name(name)
        assert other or name in distributions().never, name


def test_constraints_of_the_tables_can_be_read() -> None:
    table = removals()
    bounds = [*table.modules.values(), *table.attributes, *table.pythons]
    bounds += [bound for names in table.names.values() for bound in names]
    bounds += [one for removal in table.removal for one in (*removal.also, *removal.instead)]
    for bound in bounds:
        (specifier,) = Requirement(bound).specifier
        assert specifier.operator in {"<", ">="}


def test_names_of_a_module_are_listed_from_the_oldest_bound() -> None:
    for module, names in removals().names.items():
        bounds = [tuple(map(int, bound.partition("<")[2].split("."))) for bound in names]
        assert bounds == sorted(bounds), module


def test_the_oldest_bound_of_a_name_counts() -> None:
    assert removed_name("setuptools.command.easy_install", "main") == "setuptools<52"
    assert removed_name("setuptools.command.easy_install", "ScriptWriter") == "setuptools<80"
    assert removed_name("setuptools.command.build_py", "build_py") is None
    assert removed_name("elsewhere", "main") is None
    assert removed_attribute("dry_run") == "setuptools<81"
    assert removed_attribute("run") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("opencv-python>=3.", "opencv-python>=3"),
        ("pytz>dev", "pytz"),
        ("extract-msg<=0.29.*", "extract-msg<0.30"),
        ("torch>=1.7.*,<1.9", "torch>=1.7,<1.9"),
        ("a>1.2.*", "a>=1.3"),
        ("a~=1.2.*", "a~=1.2.0"),
        ("a=>1.0", "a>=1.0"),
        ("a>=1.0<2", "a>=1.0,<2"),
        ("a==1.0.x; python_version<'3'", "a==1.0.*; python_version<'3'"),
        ("a[b] (>=3.)", "a[b]>=3"),
        ("a==1.*", None),
        ("a", None),
        ("-r requirements.txt", None),
        ("a b c", None),
    ],
)
def test_a_requirement_is_written_as_it_was_meant(text: str, meant: str | None) -> None:
    assert mended_requirement(text) == meant


def test_a_specifier_is_written_as_it_was_meant() -> None:
    assert mended_specifier(">=2.7,!=3.0.*,>=3.5.*") == ">=2.7,!=3.0.*,>=3.5"
    assert mended_specifier("nonsense") is None
