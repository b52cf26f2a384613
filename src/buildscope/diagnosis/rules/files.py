"""Files that the sdist lacks."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from buildscope.diagnosis import forgotten, tree
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import cause
from buildscope.model.base import Record
from buildscope.model.failure import Evidence
from buildscope.model.names import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause

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


class _Place(Record, frozen=True):
    """Where a file is missed, in words, by which line, and how sure that is."""

    where: str
    evidence: Evidence
    confidence: Confidence
    source: str = ""


def missing_file(facts: FailedPhase) -> Iterator[Cause]:
    """The build reads a file of the project that is not there."""
    for raised in facts.chain:
        name = _name_in(raised)
        if name is None or _is_program(raised, name):
            continue
        if found := _missing(facts, name, _place(facts, raised)):
            yield found
            return
    if facts.output_decides and not facts.nested:
        yield from _missing_in_output(facts)


def _place(facts: FailedPhase, raised: Raised) -> _Place:
    frame = raised.project_frame
    return _Place(
        where=place(frame) if frame else "The build",
        evidence=facts.at_exception(raised),
        confidence=raised.confidence,
        source=frame.source if frame else "",
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


def _missing(facts: FailedPhase, name: str, at: _Place) -> Cause | None:
    relative = _in_project(facts, name)
    if relative is None or tree.has_file(facts, relative):
        return None
    elsewhere = tree.find_file(facts, relative)
    summary = forgotten.needs(at.where, relative)
    if elsewhere is not None:
        summary += f" ({elsewhere} is)"
    return cause(
        facts,
        "missing-source-file",
        summary,
        at.evidence,
        confidence=at.confidence if facts.project or at.confidence == "guess" else "likely",
        remedies=forgotten.remedies(facts, relative, at.source),
    )


def _in_project(facts: FailedPhase, name: str) -> str | None:
    """The path relative to the project; ``None`` for what lies elsewhere."""
    path = Path(os.path.normpath(name))
    if not path.is_absolute():
        return path.as_posix()
    source = facts.attempt.source
    project = Path(source.project) if source is not None else None
    for base in (project, project and project.resolve()):
        if base is not None and path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return None


def _missing_in_output(facts: FailedPhase) -> Iterator[Cause]:
    for line in facts.output.suspects:
        found = _OTHER_FORMS.search(line.text)
        if found is not None:
            name = next(group for group in found.groups() if group)
            at = _Place(
                where="The build",
                evidence=facts.at_line(line),
                confidence=facts.output_confidence("likely"),
            )
            if made := _missing(facts, name, at):
                yield made
                return


RULES = (missing_file,)
