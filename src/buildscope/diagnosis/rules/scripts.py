"""A ``setup.py`` that counts on being run as a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis import own_path
from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause
from buildscope.diagnosis.tree import exact_source
from buildscope.model.failure import Remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Frame

_SOURCE = re.compile(r"could not get source code|source code not available")
_NO_PATH = re.compile(r"(?:expected str, bytes or os\.PathLike object, |.*)not '?NoneType")
_NO_MODULE = re.compile(r"'NoneType' object has no attribute '__file__'")
_BUILTINS = re.compile(r"'dict' object has no attribute '\w+'")
_NOT_FOUND = re.compile(r"\[Errno 2\] No such file or directory: ['\"](?P<name>[^'\"]*)['\"]")
_ASKS = re.compile(
    r"\bget(?:source|sourcefile|file|absfile|sourcelines|module)\s*\(|\bfindsource\s*\(|"
    r"sys\.argv\[0\]|\bstack\(\)\[0\]\[1\]|__main__['\"]?\]?\.__file__"
)


def assumes_script(facts: FailedPhase) -> Iterator[Cause]:
    """``setup.py`` counts on being the program; a backend executes it as a string (PEP 517)."""
    for raised in facts.chain:
        frame = raised.project_frame
        if frame is None:
            continue
        if _BUILTINS.search(raised.exception.message) and "__builtins__" in frame.source:
            yield _cause(facts, raised, frame, own_path.with_builtins)
        elif _looks_for_itself(facts, raised, frame):
            yield _cause(facts, raised, frame, own_path.with_own_file)


def looks_in(facts: FailedPhase, folder: str) -> Remedy | None:
    """Have ``setup.py`` look for modules in ``folder`` of the project, as a program would."""
    text = exact_source(facts, "setup.py")
    edited = own_path.with_folder_on_path(text, folder) if text is not None else None
    if edited is None:
        return None
    shown = f"the project's folder {folder}" if folder else "the project's folder"
    return Remedy(summary=f"have setup.py look in {shown}", files={"setup.py": edited})


def _looks_for_itself(facts: FailedPhase, raised: Raised, frame: Frame) -> bool:
    """Whether it failed for the path of its own file: none, or that of the frontend."""
    type_, message = raised.exception.type, raised.exception.message
    if type_ == "OSError" and _SOURCE.search(message):
        return True
    if type_ == "TypeError" and _NO_PATH.match(message):
        return _ASKS.search(frame.source) is not None
    if type_ == "AttributeError":
        return _NO_MODULE.search(message) is not None and "getmodule" in frame.source
    found = _NOT_FOUND.search(message) if type_ == "FileNotFoundError" else None
    if found is None or not _is_elsewhere(found["name"]):
        return False
    return _ASKS.search(facts.source(frame.file)) is not None


def _is_elsewhere(name: str) -> bool:
    """Whether a path is empty, or in the folder of the program that runs the hooks."""
    return not name or "_in_process" in name or "buildscope/inside" in name.replace("\\", "/")


def _cause(
    facts: FailedPhase, raised: Raised, frame: Frame, edit: Callable[[str], str | None]
) -> Cause:
    text = exact_source(facts, frame.file)
    edited = edit(text) if text is not None else None
    if edited is None:
        use = "`import builtins`" if "__builtins__" in frame.source else "`__file__`"
        remedies = [advice(f"edit {place(frame)}: use {use} in `{frame.source}`")]
    else:
        remedies = [Remedy(summary=_said(text or "", edited, frame), files={frame.file: edited})]
    return cause(
        facts,
        "incompatible-build-requirement",
        f"{place(frame)} works only where setup.py is run as a program, "
        "and no build backend does that",
        facts.at_exception(raised),
        confidence=raised.confidence,
        remedies=remedies,
    )


def _said(before: str, after: str, frame: Frame) -> str:
    """The first line that differs, as it is now."""
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        if old != new:
            return f"edit {frame.file}: `{new.strip()}` instead of `{old.strip()}`"
    return f"edit {frame.file}"


RULES = (assumes_script,)
