"""A Python that is too new, or too old, for what is being built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.compiling import blamed, compiler_error
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause, python, python_for
from buildscope.diagnosis.system import python_of_its_time
from buildscope.diagnosis.tables import compiled, minor, python_removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.diagnosis.output import Line
    from buildscope.diagnosis.tables import Pattern
    from buildscope.model.failure import Cause, Remedy

_ATTRIBUTE = re.compile(r"(?:partially initialized )?module '([\w.]+)' has no attribute '(\w+)'")
_NAME = re.compile(r"cannot import name '?(\w+)'? from '([\w.]+)'")
_METHOD = re.compile(r"(?:type object )?'(\w+)' (?:object )?has no attribute '(\w+)'")
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_CLAUSE = r"[<>=!~]=?=?\s*['\"]?\d+(?:\.[\d*]+)*['\"]?"
_SPECIFIER = re.compile(rf"{_CLAUSE}(?:\s*(?:,|and)\s*{_CLAUSE})*")
_REFUSED = re.compile(
    r"[Cc]annot install on Python version|requires (a different |)Python|[Rr]equires Python|"
    r"Python (version )?[<>=!~]|Python \d[\d.]*( or (later|newer|higher|above|greater)|\+)|"
    r"(not|n't|un)[ -]?support(ed|s)?( on| for| by|)( this version of)? (Python|python)|"
    r"(requires|needs|supports|supported on|only works (with|on)) (only )?(at least )?(CPython|Python)|"
    r"Python (version )?\d[\d.]* is (not supported|unsupported|too (new|old))|"
    r"[Uu]nsupported (Python|python)|Python versions? .* (is|are) not supported|Sorry,? Python",
)
_AT_LEAST = re.compile(
    r"(?:Python|python)\s*(?:version\s*)?(?:of\s*)?(\d+\.\d+)(?:\.\d+)?\s*(?:\+|or (?:later|newer|higher|above|greater))|"
    r"at least (?:Python|python)\s*(\d+\.\d+)"
)
_PYTHON2_ONLY = re.compile(
    r"[Pp]ython ?2(\.\d)? (only|is required)|only (supports|works with) Python 2"
)
_FOR_PYTHON2 = "this release is for Python 2; look for a newer one or a successor"


def refused_python(facts: FailedPhase) -> Iterator[Cause]:
    """The project says that it does not want this interpreter."""
    for raised in facts.chain:
        message = raised.exception.message
        if _REFUSED.search(message):
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
                remedies=_older(facts, last),
            )


def removed_from_c(facts: FailedPhase) -> Iterator[Cause]:
    """C or C++ sources use what CPython no longer has: the first of it, and all that is cured.

    The remedy is the newest Python that still has everything that was missed.
    """
    missed: dict[str, tuple[Line, Pattern]] = {}
    for line in facts.output.suspects:
        entry = _removed_in(facts, line) if compiler_error(line) is not None else None
        if entry is not None:
            missed.setdefault(entry.pattern, (line, entry))
    if not missed:
        return
    (line, first), *others = missed.values()
    last = min((entry.last for _, entry in missed.values()), key=minor)
    also = f" (and {len(others)} more such)" if others else ""
    place = blamed(facts.output, line)
    yield cause(
        facts,
        "removed-python-feature",
        f"{place.file if place is not None else 'It'} uses {first.what}, "
        f"which Python {first.last} was the last to have{also}",
        facts.at_line(line),
        confidence=facts.output_confidence(),
        remedies=_older(facts, last),
    )


def _removed_in(facts: FailedPhase, line: Line) -> Pattern | None:
    text = " ".join([line.text, *facts.output.after(line, 1)])
    for entry in python_removals().c:
        if facts.python > (3, minor(entry.last)) and compiled(entry.pattern).search(text):
            return entry
    return None


def _last_version(raised: Raised) -> tuple[str, str] | None:
    """What an exception says is missing, and the last version that had it."""
    table, message, type_ = python_removals(), raised.exception.message, raised.exception.type
    if type_ == "NameError" and (found := _UNDEFINED.match(message)):
        return (found[1], "2.7") if found[1] in table.python2.names else None
    if type_ in {"SyntaxError", "ValueError", "TabError", "TypeError"}:
        for pattern, last in table.messages.items():
            if compiled(pattern).match(message):
                return _first(message), last
    for pattern_, swap in ((_ATTRIBUTE, False), (_NAME, True)):
        if found := pattern_.match(message):
            module, name = (found[2], found[1]) if swap else (found[1], found[2])
            last_ = table.names.get(f"{module}.{name}")
            return (f"{module}.{name}", last_) if last_ else None
    if found := _METHOD.match(message):
        last_ = table.methods.get(f"{found[1]}.{found[2]}")
        return (f"{found[1]}.{found[2]}", last_) if last_ else None
    return None


def _later_setuptools(facts: FailedPhase, what: str) -> bool:
    """An old setuptools on a new Python: a newer setuptools is the better cure."""
    return what == "pkgutil.ImpImporter" and "setuptools" in facts.installed


def _older(facts: FailedPhase, last: str) -> list[Remedy]:
    older = python(facts, minor(last))
    if older is not None:
        then = python_of_its_time(facts)
        if then is not None and minor(then.settings["python"]) < minor(last):
            return [older, then]
        return [older]
    if minor(last) == 0:
        return [advice(_FOR_PYTHON2)]
    return [advice(f"this release is for Python {last} and older; look for a newer one")]


def _refused_in_output(facts: FailedPhase) -> Iterator[Cause]:
    for line in facts.output.suspects:
        if _REFUSED.search(line.text) and re.search(r"[Pp]ython", line.text):
            confidence = facts.output_confidence("likely")
            yield cause(
                facts,
                "unsupported-python",
                f"This release does not build on Python {_running(facts)}: {line.text.strip()[:200]}",
                facts.at_line(line),
                confidence=confidence,
                remedies=_fitting(facts, line.text),
            )
            return


def _fitting(facts: FailedPhase, text: str) -> list[Remedy]:
    if _PYTHON2_ONLY.search(text):
        return [advice(_FOR_PYTHON2)]
    found = _SPECIFIER.search(text)
    least = _AT_LEAST.search(text)
    if found is not None:
        specifier = re.sub(r"\s*and\s*", ",", re.sub(r"['\"]", "", found[0]))
    elif least is not None:
        specifier = f">={least[1] or least[2]}"
    else:
        return [advice("build on an older Python, with -p")]
    fitting = python_for(facts, specifier)
    return [fitting] if fitting is not None else []


def _running(facts: FailedPhase) -> str:
    return ".".join(map(str, facts.python))


def _first(message: str) -> str:
    return message.strip().partition("\n")[0][:200]


RULES = (refused_python, removed_name, removed_from_c)
