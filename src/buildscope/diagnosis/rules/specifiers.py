"""Requirements that setuptools once read with leniency and that the standards forbid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.mending import mended_requirement, mended_specifier
from buildscope.diagnosis.remedies import cause, older
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Evidence

_SPECIFIER = re.compile(r"Invalid specifier: ['\"](?P<text>[^'\"]+)['\"]")
_COMPLAINS = re.compile(
    r"containing valid (?:project/)?version (?:requirement )?specifiers|InvalidRequirement: "
)
_UNNAMED: Final = "has a requirement"
_LENIENT: Final = ("setuptools<66", "wheel<0.40")
_FILES: Final = ("setup.py", "setup.cfg", "pyproject.toml")
_LISTS: Final = ("*requirements*.txt", "*requirements*/*.txt", "*.txt", "*/requirements*.txt")
_MOST: Final = 60


def invalid_requirement(facts: FailedPhase) -> Iterator[Cause]:
    """A requirement, or ``python_requires``, is not what PEP 508 and PEP 440 allow."""
    for raised in facts.chain:
        text, mended = _invalid(raised)
        if text:
            rewritten = _rewritten(facts, text, mended)
            yield _cause(facts, f"asks for {text!r}", facts.at_exception(raised), rewritten)
            return
    for found in _complaints(facts):
        yield _cause(facts, *found)
        return


def _complaints(facts: FailedPhase) -> Iterator[tuple[str, Evidence]]:
    for raised in facts.chain:
        if _COMPLAINS.search(raised.exception.message):
            yield _UNNAMED, facts.at_exception(raised)
    for line in facts.output.suspects:
        if _COMPLAINS.search(line.text):
            yield _UNNAMED, facts.at_line(line)


def _cause(
    facts: FailedPhase, what: str, evidence: Evidence, rewritten: Remedy | None = None
) -> Cause:
    version = facts.installed.get("setuptools")
    now = f", and {version} is installed" if version and not facts.nested else ""
    return cause(
        facts,
        "incompatible-build-requirement",
        f"{facts.subject} {what} in a form that PEP 440 and PEP 508 forbid; setuptools reads it "
        f"no longer since 66{now}",
        evidence,
        remedies=[rewritten, older(facts, _LENIENT)],
    )


def _invalid(raised: Raised) -> tuple[str, str | None]:
    """The text that is invalid, and what was meant by it."""
    message = raised.exception.message
    if raised.exception.type == "InvalidRequirement":
        lines = message.splitlines()
        text = lines[1].strip() if len(lines) > 1 else ""
        return text, mended_requirement(text)
    found = _SPECIFIER.search(message)
    return (found["text"], mended_specifier(found["text"])) if found else ("", None)


def _rewritten(facts: FailedPhase, text: str, mended: str | None) -> Remedy | None:
    """The files that have the text, with what was meant in its place."""
    if not mended or facts.project is None:
        return None
    pattern = re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w.*-])")
    changed = {}
    for file in _candidates(facts):
        source = facts.source(file)
        new = pattern.sub(lambda _: mended, source)
        if new != source:
            changed[file] = new
    if not changed:
        return None
    return Remedy(summary=f"write {mended} for {text} in {', '.join(changed)}", files=changed)


def _candidates(facts: FailedPhase) -> list[str]:
    assert facts.project is not None
    found = [file for file in _FILES if (facts.project / file).is_file()]
    for pattern in _LISTS:
        paths = (path for path in sorted(facts.project.glob(pattern)) if path.is_file())
        found += [path.relative_to(facts.project).as_posix() for path in paths]
    frames = (frame.file for raised in facts.chain for frame in raised.frames)
    found += [file for file in frames if (facts.project / file).is_file() and file.endswith(".py")]
    return list(dict.fromkeys(found))[:_MOST]


RULES = (invalid_requirement,)
