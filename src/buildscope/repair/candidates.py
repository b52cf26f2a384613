"""Changes that may cure a failed attempt, as the causes of its failure offer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from buildscope.model.base import Record
from buildscope.model.delta import with_delta
from buildscope.model.recipe import Strategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.failure import Cause, Remedy
    from buildscope.model.run import Attempt
    from buildscope.model.settings import Settings
    from buildscope.session.session import Session


class Candidate(Record, frozen=True):
    """A change to try: ``delta`` of settings, ``files`` with their new text.

    ``loses`` says what a build with it does without; one that is not ``sure`` guesses at
    what the package's authors had.
    """

    strategy: Strategy
    why: str
    delta: dict[str, Any] = {}
    files: dict[str, str] = {}
    loses: str = ""
    sure: bool = True

    def applied(self, settings: Settings, session: Session) -> Settings:
        """``settings`` with the change; new texts are kept in ``session``."""
        after = with_delta(settings, self.delta)
        if not self.files:
            return after
        kept = {path: session.keep_text(path, text) for path, text in self.files.items()}
        return msgspec.structs.replace(after, edits={**after.edits, **kept})


def from_causes(causes: Iterable[Cause]) -> Iterator[Candidate]:
    """The remedies that change something, in the order of the causes."""
    for cause in causes:
        for remedy in cause.remedies:
            if remedy.settings or remedy.files:
                yield from_remedy(cause, remedy)


def from_remedy(cause: Cause, remedy: Remedy) -> Candidate:
    """A remedy as a change to try."""
    return Candidate(
        strategy="environment" if remedy.settings.get("isolation") is False else "remedy",
        why=cause.summary,
        delta=remedy.settings,
        files=remedy.files,
        loses=remedy.loses,
        sure=cause.id != "missing-source-file",
    )


def curable(attempt: Attempt) -> bool:
    """Whether any cause offers a change of settings or files."""
    return next(from_causes(attempt.causes), None) is not None
