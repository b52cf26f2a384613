"""What one document is worth against what is known of its row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.fixing.rows import Case
    from benchmarks.fixing.running import Ran


@dataclass(frozen=True)
class Result:
    """A row and what came of it.

    ``fixed`` is a proven recipe, ``cause`` whether any cause of the document fits the
    category, ``first`` whether the first one does; ``unchanged`` is of controls, ``named`` of
    rows that need a package of the system. ``repeated`` says whether an independent build with
    a proven recipe worked. ``None`` is everywhere what does not apply or was not looked at.
    """

    name: str
    version: str
    category: str
    curable: bool
    one_fault: bool
    fixed: bool
    cause: bool | None
    first: bool | None
    unchanged: bool | None
    named: bool | None
    seconds: float
    causes: tuple[str, ...]
    recipe: str
    ended: str
    told: str
    attempts: int
    uv_hint: bool
    pip_hint: bool
    repeated: bool | None = None
    repeat_note: str = ""

    def as_json(self) -> dict[str, Any]:
        """All fields, for a line of JSON."""
        return asdict(self)

    @property
    def missed(self) -> bool:
        """Whether anything that applies is not as it should be."""
        applies = (self.cause, self.unchanged, self.named, self.repeated)
        return (self.curable and not self.fixed) or False in applies


def judge(case: Case, ran: Ran) -> Result:
    """The result of a row; a run without a document has nothing right."""
    document = ran.document or {}
    recipe = document.get("recipe") or {}
    search = document.get("search") or {}
    causes = tuple(cause["id"] for cause in document.get("causes", ()))
    packages = case.system_packages
    return Result(
        name=case.name,
        version=case.version,
        category=case.category,
        curable=case.curable,
        one_fault=case.one_fault,
        fixed=bool(recipe.get("proven")),
        cause=None if case.control else any(map(case.right, causes)),
        first=None if case.control else any(map(case.right, causes[:1])),
        unchanged=_unchanged(document) if case.control else None,
        named=bool(packages & set(_named(document))) if packages else None,
        seconds=round(ran.seconds, 1),
        causes=causes,
        recipe=recipe.get("summary", ""),
        ended=search.get("ended") or "no document",
        told=ran.complaint or search.get("told", ""),
        attempts=len(document.get("attempts", ())),
        uv_hint=case.uv_hint,
        pip_hint=case.pip_hint,
    )


def _unchanged(document: dict[str, Any]) -> bool:
    return document.get("outcome") == "built" and document.get("recipe") is None


def _named(document: dict[str, Any]) -> Iterator[str]:
    """Debian's names of all packages that the document says are missing."""
    recipe = document.get("recipe") or {}
    needs = list(recipe.get("system", ()))
    for cause in document.get("causes", ()):
        for remedy in cause["remedies"]:
            needs += remedy.get("system", ())
    for need in needs:
        yield from (need.get("apt") or "").split()
