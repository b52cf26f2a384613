"""Files that the sdist lacks, versions that only a repository knows, scripts run as scripts."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from buildscope.diagnosis import tree
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Evidence, Remedy
    from buildscope.model.names import Confidence

_NOT_FOUND = re.compile(r"\[Errno 2\] No such file or directory: ['\"](?P<name>[^'\"]+)['\"]")
_OTHER_FORMS = re.compile(
    r"(?:(?:error: )?can't copy '(?P<a>[^']+)': doesn't exist)|"
    r"(?:error: package directory '(?P<b>[^']+)' does not exist)|"
    r"(?:(?:File|file) (?P<c>[\w./-]+\.\w+) (?:does not exist|not found))|"
    r"(?:Cython\.Compiler\.Errors\.\w+: '?(?P<d>[^'\s]+)'? not found)|"
    r"(?:ValueError: '(?P<e>[^']+\.pyx?)' doesn't match any files)|"
    r"(?:(?:cc1|cc1plus|clang): fatal error: (?P<f>[^:]+): No such file)|"
    r"(?:(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+): (?:fatal )?error: (?P<g>[^:]+): No such file)|"
    r"(?:^error: (?P<h>\S+\.(?:c|cc|cpp|cxx|pyx|h)): No such file or directory)|"
    r"(?:(?:OSError|ValueError|IOError): Readme file does not exist: (?P<i>\S+))"
)
_MISSING_KINDS = {"FileNotFoundError", "OSError", "IOError", "DistutilsFileError", "ValueError"}
_VCS = re.compile(
    r"setuptools[-_]scm was unable to detect version|unable to detect version for|"
    r"Versioning for this project requires either an sdist tarball|"
    r"Error getting the version from source `vcs`|"
    r"is not a git repository|not a git repository \(or any|"
    r"Unable to (determine|find) (the )?version.*(git|vcs|tag)|"
    r"Can'?t (determine|get) version.*git|"
    r"(hg|git)[ -]archival|dunamai|No (git )?tags? (found|available)|"
    r"poetry[-_]dynamic[-_]versioning|Could not (determine|get|find) version.*(git|tag|vcs|scm)",
    re.IGNORECASE,
)
_PBR = re.compile(r"Versioning for this project requires either an sdist tarball|\bpbr\b")
_SCRIPT = re.compile(r"could not get source code|source code not available")
_BUILTINS = re.compile(r"'dict' object has no attribute '__\w+__'")


def missing_file(facts: FailedPhase) -> Iterator[Cause]:
    """The build reads a file of the project that is not there."""
    for raised in facts.chain:
        name = _name_in(raised)
        if name is not None and not _is_program(raised, name):
            where = place(raised.project_frame) if raised.project_frame else "The build"
            evidence = facts.at_exception(raised)
            if found := _missing(facts, name, where, evidence, raised.confidence):
                yield found
                return
    if facts.output_decides and not facts.nested:
        yield from _missing_in_output(facts)


def needs_vcs(facts: FailedPhase) -> Iterator[Cause]:
    """The version comes from tags of a repository, and there is none."""
    for raised in facts.chain:
        if _VCS.search(raised.text):
            evidence = facts.at_exception(raised)
            yield _vcs_cause(facts, raised.exception.message, evidence, raised.confidence)
            return
    for line in facts.output.suspects:
        if _VCS.search(line.text):
            confidence = facts.output_confidence("likely")
            yield _vcs_cause(facts, line.text, facts.at_line(line), confidence)
            return


def assumes_script(facts: FailedPhase) -> Iterator[Cause]:
    """``setup.py`` counts on being the program; a backend executes it as a string (PEP 517)."""
    for raised in facts.chain:
        frame, message = raised.project_frame, raised.exception.message
        if frame is None:
            continue
        reads_itself = _SCRIPT.search(message)
        sets_builtins = _BUILTINS.search(message) and "__builtins__" in frame.source
        if reads_itself or sets_builtins:
            change = "`import builtins` and set it there" if sets_builtins else "use its own path"
            yield cause(
                facts,
                "incompatible-build-requirement",
                f"{place(frame)} works only where setup.py is run as a program, "
                "and no build backend does that",
                facts.at_exception(raised),
                confidence=raised.confidence,
                remedies=[advice(f"edit {place(frame)}: {change} instead of `{frame.source}`")],
            )


def _name_in(raised: Raised) -> str | None:
    if raised.exception.type not in _MISSING_KINDS:
        return None
    filename = raised.exception.attributes.get("filename", "").strip("'\"")
    found = _NOT_FOUND.search(raised.exception.message)
    if found is not None:
        return found["name"]
    other = _OTHER_FORMS.search(raised.text)
    if other is not None:
        return next(name for name in other.groups() if name)
    return filename if raised.exception.type == "FileNotFoundError" and filename else None


def _is_program(raised: Raised, name: str) -> bool:
    """Whether what was not found was to be run: ``subprocess`` raised it."""
    inside = any(
        PurePath(f.file).name in {"subprocess.py", "_posixsubprocess"} for f in raised.frames
    )
    return inside or ("/" not in name and "." not in name and name.endswith("-config"))


def _missing(
    facts: FailedPhase, name: str, where: str, evidence: Evidence, confidence: Confidence
) -> Cause | None:
    relative = _in_project(facts, name)
    if relative is None or tree.has_file(facts, relative):
        return None
    elsewhere = tree.find_file(facts, relative)
    summary = f"{where} needs {relative}, which is not in this source tree"
    if elsewhere is not None:
        summary += f" ({elsewhere} is)"
    return cause(
        facts,
        "missing-source-file",
        summary,
        evidence,
        confidence=confidence if confidence != "certain" or facts.project else "likely",
        remedies=_supply(relative),
    )


def _in_project(facts: FailedPhase, name: str) -> str | None:
    """The path relative to the project; ``None`` for what lies elsewhere."""
    path = Path(name)
    if not path.is_absolute():
        return path.as_posix()
    source = facts.attempt.source
    project = Path(source.project) if source is not None else None
    for base in (project, project and project.resolve()):
        if base is not None and path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return None


def _supply(name: str) -> list[Remedy]:
    remedies = []
    if PurePath(name).suffix in {".txt", ".md", ".rst", ".in", ""}:
        remedies.append(
            advice(f"create {name} in the source tree (empty may do, but what it said is lost)")
        )
    remedies.append(advice(f"take {name} from the project's repository, or build from there"))
    return remedies


def _missing_in_output(facts: FailedPhase) -> Iterator[Cause]:
    for line in facts.output.suspects:
        found = _OTHER_FORMS.search(line.text)
        if found is not None:
            name = next(group for group in found.groups() if group)
            confidence = facts.output_confidence("likely")
            if made := _missing(facts, name, "The build", facts.at_line(line), confidence):
                yield made
                return


def _vcs_cause(
    facts: FailedPhase, message: str, evidence: Evidence, confidence: Confidence
) -> Cause:
    return cause(
        facts,
        "needs-vcs",
        "The version of this project comes from its repository's tags, which are not here",
        evidence,
        confidence=confidence,
        remedies=[_pretend(facts, message)],
    )


def _pretend(facts: FailedPhase, message: str) -> Remedy:
    source = facts.attempt.source
    version = (source and source.version) or "0.0.1"
    pbr = _PBR.search(message) is not None
    variable = "PBR_VERSION" if pbr else "SETUPTOOLS_SCM_PRETEND_VERSION"
    return remedy(f"say that the version is {version}", env={variable: version})


RULES = (needs_vcs, missing_file, assumes_script)
