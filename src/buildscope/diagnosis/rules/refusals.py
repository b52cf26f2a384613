"""Packages that refuse to be built, and say why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause, remedy
from buildscope.model.failure import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Remedy

_ON_PURPOSE = re.compile(
    r"deprecated|has been (?:removed|renamed|replaced|moved|discontinued)|no longer (?:maintained|supported|available)|"
    r"(?:please )?(?:install|use|pip install) ['`\"]?[\w.-]+['`\"]? instead|rather than|dummy|placeholder|"
    r"name ?squat|reserved|not meant to be installed|should not be installed|do not install|"
    r"you (?:have )?tried to install|wrong package|did you mean|is hosted on|name is (?:taken|parked)|meant to install|"
    r"must be set|is not supported|not be built|refus|abort|unsupported (?:platform|operating system|os)|only (?:supports|works on|runs on)",
    re.IGNORECASE,
)
_RAISES = re.compile(r"^\s*(?:raise\b|(?:sys\.)?exit\(|sys\.exit|os\._exit|quit\()")
_ASSIGNMENT = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*=\s*['\"]?([\w./-]+)")
_INSTEAD = re.compile(
    r"(?:use|install) (?:the (?:package )?)?['`\"]?(?:pip install )?([A-Za-z][\w.-]*[\w])['`\"]? (?:package )?(?:instead|rather than)|"
    r"(?:renamed|moved|migrated|replaced) (?:to|by|with) (?:the )?['`\"]?([A-Za-z][\w.-]*\w)['`\"]?|"
    r"package \S*(?: for \S+)? ?is (?:named |called )?['`\"]([A-Za-z][\w.-]*\w)['`\"]|"
    r"did you mean ['`\"]?(?:pip install )?([A-Za-z][\w.-]*\w)|"
    r"instead,? (?:please )?(?:use|install|pip install) ['`\"]?(?:pip install )?([A-Za-z][\w.-]*\w)",
    re.IGNORECASE,
)
_WARNS = re.compile(r"Warning: ")
_DECORATION = re.compile(r"^[\W_]*$")
_NOT_REFUSALS = frozenset(
    [
        "ModuleNotFoundError",
        "ImportError",
        "AttributeError",
        "NameError",
        "SyntaxError",
        "TypeError",
        "KeyError",
        "FileNotFoundError",
        "IndexError",
        "UnicodeDecodeError",
        "CalledProcessError",
        "CompileError",
    ]
)
_TAIL = 40
_MOST_LINES = 6
_HEAD = 8_000
_WITHDRAWN = re.compile(
    r"Summary:\s*((?=.*\b(?:removed|deprecated|renamed|obsolete|dummy|placeholder|moved|merged)\b)"
    r"(?=.*\b(?:use|install|see|to|into)\b).*)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:use|install|see|to|into)\s+(?:the )?['\"`]?([A-Za-z][\w.-]*\w)", re.IGNORECASE
)


def refuses(facts: FailedPhase) -> Iterator[Cause]:
    """The project's own code raised an error with a sentence, or ended the process."""
    if not facts.chain or facts.nested:
        return
    raised = facts.chain[0]
    frame = raised.origin
    if frame is None or frame.owner != "project" or raised.exception.type in _NOT_REFUSALS:
        return
    if not _RAISES.match(frame.source):
        return
    message, texts = _what_it_says(facts, raised)
    if not message:
        return
    on_purpose = bool(_ON_PURPOSE.search(" ".join(texts)))
    yield cause(
        facts,
        "deliberate-stop",
        f"{place(frame)} stops the build on purpose: {message[:300]}",
        facts.at_exception(raised),
        confidence="certain" if on_purpose else "likely",
        remedies=_remedies(facts, texts),
    )


def _what_it_says(facts: FailedPhase, raised: Raised) -> tuple[str, list[str]]:
    """The sentence, and all that was said: the exception's, else the last lines printed."""
    message = raised.exception.message.strip()
    if message and not message.lstrip("-").isdigit():
        said = [line for line in message.splitlines() if not _DECORATION.match(line)]
        return " ".join(" ".join(said[:_MOST_LINES]).split()), said
    lines = facts.output.tail("stderr", _TAIL) or facts.output.tail("stdout", _TAIL)
    texts = [line.text.strip() for line in lines if not _WARNS.search(line.text)]
    if "Traceback (most recent call last):" in texts:
        texts = texts[: texts.index("Traceback (most recent call last):")]
    return " ".join(texts[:2]), texts


def _remedies(facts: FailedPhase, texts: list[str]) -> Iterator[Remedy]:
    said = " ".join(texts)
    for name, value in dict(_ASSIGNMENT.findall(said)).items():
        if name not in facts.settings.env:
            yield remedy("as its message says", env={name: value})
    instead = _INSTEAD.search(said)
    if instead is not None:
        other = next(group for group in instead.groups() if group)
        yield advice(f"build {other} in its place, as its message says")
    else:
        yield advice("do as its message says")


def withdrawn(facts: FailedPhase) -> Iterator[Cause]:
    """The package says in its own summary that another has taken its place."""
    if facts.nested:
        return
    metadata = facts.source("PKG-INFO")[:_HEAD]
    for number, text in enumerate(metadata.splitlines(), 1):
        found = _WITHDRAWN.match(text)
        if found is None:
            continue
        instead = _OTHER.search(found[1])
        other = f"build {instead[1]} in its place" if instead else "look for what replaced it"
        yield cause(
            facts,
            "deliberate-stop",
            f"This package is no longer meant to be built; it says of itself: {found[1].strip()}",
            Evidence(phase=facts.phase, file="PKG-INFO", line=number, text=text),
            confidence="likely" if _refusal(facts) else "certain",
            remedies=[advice(other)],
        )
        return


def _refusal(facts: FailedPhase) -> bool:
    """Whether the project's own code refused, which says more than its summary."""
    return next(refuses(facts), None) is not None


WITHDRAWN = (withdrawn,)
RULES = (refuses,)
