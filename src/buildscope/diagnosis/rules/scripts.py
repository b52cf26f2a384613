"""A ``setup.py`` that counts on being run as a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.diagnosis.facts import FailedPhase
    from buildscope.model.failure import Cause

_SCRIPT = re.compile(r"could not get source code|source code not available")
_BUILTINS = re.compile(r"'dict' object has no attribute '__\w+__'")


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


RULES = (assumes_script,)
