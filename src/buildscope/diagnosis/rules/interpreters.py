"""A Python that is too new, or too old, for what is being built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from buildscope.diagnosis.cpython import last_with
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.messages import read_severity
from buildscope.diagnosis.remedies import FOR_PYTHON2, OLDEST, advice, cause, python, python_for
from buildscope.diagnosis.rules import capi
from buildscope.diagnosis.rules.capi import older_python
from buildscope.diagnosis.tables import compiled, minor, python_removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Remedy
    from buildscope.model.names import Confidence

_ATTRIBUTE = re.compile(r"(?:partially initialized )?module '([\w.]+)' has no attribute '(\w+)'")
_NAME = re.compile(
    r"cannot import name '?(\w+)'? from (?:partially initialized module )?'([\w.]+)'"
)
_METHOD = re.compile(r"(?:type object )?'([\w.]+)' (?:object )?has no attribute '(\w+)'")
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_SYNTAX: Final = frozenset({"SyntaxError", "TabError", "IndentationError"})
_CLAUSE = r"[<>=!~]=?=?\s*['\"]?\d+(?:\.[\d*]+)*['\"]?"
_SPECIFIER = re.compile(rf"{_CLAUSE}(?:\s*(?:,|and)\s*{_CLAUSE})*")
_REFUSED = re.compile(
    r"[Cc]annot install on Python version|requires a different Python|"
    r"[Rr]equires (?:\w+ ){0,2}(?:Python|python)(?:[ -]?[23]\b| version|\s*[<>=!~])|"
    r"Python (version )?[<>=!~]|Python (?:version )?\d[\d.]*( or (later|newer|higher|above|greater|earlier|older|lower)|\+)|"
    r"(not|n't|un)[ -]?support(ed|s)?( on| for| by|)( this version of)? (Python|python)\b|"
    r"(requires|needs|supports|supported on|only works (with|on)) (only )?(at least )?(CPython|Python) ?\d|"
    r"Python (version )?\d[\d.]*(?: and \w+)? (is|are) (not (yet )?supported|unsupported|too (new|old))|"
    r"[Uu]nsupported (Python|python) version|Python versions? .* (is|are) not supported|Sorry,? Python",
)
_AT_LEAST = re.compile(
    r"(?:Python|python)\s*(?:version\s*)?(?:of\s*)?(\d+\.\d+)(?:\.\d+)?\s*(?:\+|or (?:later|newer|higher|above|greater))|"
    r"at least (?:Python|python)\s*(\d+\.\d+)"
)
_AT_MOST = re.compile(
    r"(?:Python|python)\s*(?:version\s*)?3\.(\d+)(?:\.\d+)?\s*(?:and|or) (?:earlier|older|lower|below)|"
    r"(?:up to|maximum|newest) (?:Python|python)?\s*(?:version\s*)?(?:is\s*)?3\.(\d+)"
)
_VERSION = re.compile(r"\b3\.(\d{1,2})\b")
_PYTHON2_ONLY = re.compile(
    r"[Pp]ython ?2(\.\d)? (only|is required)|only (supports|works with|for) Python ?2|"
    r"(?:requires|needs) Python 2(?:\.\d)?(?! ?(?:\+|or|and|/))|Python 3(?:\.x)? is not (?:yet )?supported|"
    r"(?:not|n't) (?:yet )?(?:support|supported (?:on|by|for|under)|work with|run on|compatible with) [Pp]ython ?3(?!\.\d)|<\s*3(?:\.0)?(?![.\d])"
)


def refused_python(facts: FailedPhase) -> Iterator[Cause]:
    """The project says that it does not want this interpreter."""
    for raised in facts.chain:
        message = raised.exception.message
        if _REFUSED.search(message) and raised.exception.type not in _SYNTAX:
            summary = f"This release does not build on Python {_running(facts)}: {_first(message)}"
            yield cause(
                facts,
                "unsupported-python",
                summary,
                facts.at_exception(raised),
                confidence=raised.confidence,
                remedies=_fitting(facts, message),
            )
            return
    if facts.output_decides and not facts.nested:
        yield from _refused_in_output(facts)


def for_python2(facts: FailedPhase) -> Iterator[Cause]:
    """The project's own code is Python 2's: its syntax, its built-in names, its types."""
    for raised in facts.chain:
        told = _python2(raised)
        if told is None:
            continue
        what, surest = told
        frame = raised.project_frame or raised.origin
        yield cause(
            facts,
            "removed-python-feature",
            f"{place(frame)} is written for Python 2.7, and Python 3 does not accept it: {what}",
            facts.at_exception(raised),
            confidence="likely" if raised.implicit else surest,
            remedies=[advice(FOR_PYTHON2)],
        )
        return


def removed_name(facts: FailedPhase) -> Iterator[Cause]:
    """The project's Python code, or a dependency's, uses what Python no longer has."""
    for raised in facts.chain:
        found = _last_version(raised)
        if found is None:
            continue
        what, last = found
        if facts.python > (3, minor(last)) and not _later_setuptools(facts, what):
            where = place(raised.project_frame or raised.origin)
            yield cause(
                facts,
                "removed-python-feature",
                f"{where} uses {what}, which Python {last} was the last to have",
                facts.at_exception(raised),
                confidence=raised.confidence,
                remedies=older_python(facts, last),
            )


def _python2(raised: Raised) -> tuple[str, Confidence] | None:
    """What only Python 2 accepts, and how sure that is; ``None`` where it is not that."""
    table, message, type_ = (
        python_removals().python2,
        raised.exception.message,
        raised.exception.type,
    )
    if type_ == "NameError":
        found = _UNDEFINED.match(message)
        named = found[1] if found is not None and found[1] in table.names else None
        return (f"the name {named} is gone", "certain") if named else None
    if type_ not in {*_SYNTAX, "TypeError", "ValueError"}:
        return None
    said = _first(message)
    if any(compiled(pattern).match(message) for pattern in table.errors.certain):
        return said, "certain"
    frame = raised.project_frame
    if frame is None:
        return None
    if type_ == "SyntaxError" and message.startswith("invalid syntax"):
        old = any(compiled(pattern).search(frame.source) for pattern in table.errors.lines)
        return (f"{frame.source.strip()[:120]!r}", "certain") if old else None
    likely = any(compiled(pattern).match(message) for pattern in table.errors.likely)
    return (said, "likely") if likely else None


def _last_version(raised: Raised) -> tuple[str, str] | None:
    """What an exception says is missing, and the last version that had it."""
    table, message, type_ = python_removals(), raised.exception.message, raised.exception.type
    if type_ in {"ValueError", "TypeError", "error", "PatternError"}:
        for pattern, last in table.messages.items():
            if compiled(pattern).match(message):
                return f"what gives {_first(message)!r}", last
    for pattern_, swap in ((_ATTRIBUTE, False), (_NAME, True)):
        if found := pattern_.match(message):
            module, name = (found[2], found[1]) if swap else (found[1], found[2])
            last_ = last_with("names", f"{module}.{name}")
            return (f"{module}.{name}", last_) if last_ else None
    if found := _METHOD.match(message):
        last_ = table.methods.get(f"{found[1]}.{found[2]}")
        return (f"{found[1]}.{found[2]}", last_) if last_ else None
    return None


def _later_setuptools(facts: FailedPhase, what: str) -> bool:
    """An old setuptools on a new Python: a newer setuptools is the better cure."""
    return what == "pkgutil.ImpImporter" and "setuptools" in facts.installed


def _refused_in_output(facts: FailedPhase) -> Iterator[Cause]:
    for line in facts.output.suspects:
        text = line.text
        if (
            _REFUSED.search(text)
            and re.search(r"[Pp]ython", text)
            and read_severity(text) != "warning"
        ):
            yield cause(
                facts,
                "unsupported-python",
                f"This release does not build on Python {_running(facts)}: {text.strip()[:200]}",
                facts.at_line(line),
                confidence=facts.output_confidence("certain" if _left(facts) else "likely"),
                remedies=_fitting(facts, text),
            )
            return


def _left(facts: FailedPhase) -> bool:
    """Whether the project's own code ended the process, having said why."""
    first = facts.chain[0] if facts.chain else None
    frame = first.origin if first is not None else None
    if first is None or frame is None:
        return False
    return first.exception.type == "SystemExit" and frame.owner == "project"


def _fitting(facts: FailedPhase, text: str) -> list[Remedy]:
    if _PYTHON2_ONLY.search(text):
        return [advice(FOR_PYTHON2)]
    specifier = _specifier(text)
    if specifier:
        fitting = python_for(facts, specifier)
        return [fitting] if fitting is not None else [advice(f"it wants Python {specifier}")]
    newest = _newest_named(facts, text)
    older = python(facts, newest) if newest is not None else None
    if older is not None:
        return [older]
    if newest is not None and newest < OLDEST:
        return [advice(f"this release is for Python 3.{newest} and older; look for a newer one")]
    return [advice("build on an older Python, with -p")]


def _specifier(text: str) -> str | None:
    found = _SPECIFIER.search(text)
    if found is not None:
        return re.sub(r"\s*and\s*", ",", re.sub(r"['\"]", "", found[0]))
    least = _AT_LEAST.search(text)
    return f">={least[1] or least[2]}" if least is not None else None


def _newest_named(facts: FailedPhase, text: str) -> int | None:
    """The newest version that a sentence allows: of those it names, else before the one refused."""
    most = _AT_MOST.search(text)
    if most is not None:
        return int(most[1] or most[2])
    named = {int(version) for version in _VERSION.findall(text)}
    allowed = {version for version in named if (3, version) < facts.python}
    if allowed:
        return max(allowed)
    return facts.python[1] - 1 if facts.python[1] in named else None


def _running(facts: FailedPhase) -> str:
    return ".".join(map(str, facts.python))


def _first(message: str) -> str:
    return message.strip().partition("\n")[0][:200]


RULES = (refused_python, for_python2, removed_name, *capi.RULES)
