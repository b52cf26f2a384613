"""Remedies against what the index says: without those that cannot help, with what they cost."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.diagnosis.remedies import advice, label
from buildscope.diagnosis.tables import (
    distribution_of,
    distributions,
    python_removals,
    removals,
)
from buildscope.model.base import Record
from buildscope.sources.wheels import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.model.failure import Cause, Remedy

LARGE: Final = 50_000_000
"""Bytes of a download that are told."""
HUGE: Final = 500_000_000
"""Bytes of a download before which a wheel that is at hand is offered."""
_MODULE: Final = re.compile(r"(?:No module named ['\"]?|Cannot import ['\"])(\w+(?:\.\w+)*)")
_GUESSED_SIZE: Final = re.compile(r" \(a large download\)$")


class Checked(Record, frozen=True):
    """What the index says of a requirement; neither where it could not be asked (``why_not``)."""

    offer: Offer | None = None
    absent: bool = False
    why_not: str = ""


def vetted(causes: Iterable[Cause], answers: Mapping[str, Checked]) -> tuple[Cause, ...]:
    """``causes`` with the remedies that hold against ``answers`` (by requirement)."""
    return tuple(_vetted(cause, answers) for cause in causes)


def _vetted(cause: Cause, answers: Mapping[str, Checked]) -> Cause:
    module = _missing_module(cause)
    kept = [new for old in cause.remedies for new in _revised(old, module, answers)]
    if kept == list(cause.remedies):
        return cause
    if module and not any(remedy.settings or remedy.files for remedy in kept):
        kept.append(advice(f"nothing on the index is known to bring the module {module}"))
    unsure = _only_sdist(kept[:1], answers)
    confidence = "likely" if unsure and cause.confidence == "certain" else cause.confidence
    return msgspec.structs.replace(cause, remedies=tuple(kept), confidence=confidence)


def _revised(
    remedy: Remedy, module: str | None, answers: Mapping[str, Checked]
) -> Iterator[Remedy]:
    """What becomes of a remedy: nothing, itself, or before it the one with a wheel at hand."""
    every = list(remedy.settings.get("extra", ()))
    kept = [text for text in every if _holds(text, module, answers.get(text))]
    if not every:
        yield remedy
    if not kept:
        return
    pinned = [_at_hand(text, answers.get(text)) or text for text in kept]
    if pinned != kept:
        summary = remedy.summary if len(kept) > 1 else "add the one that your find-links have"
        yield _with_extra(remedy, pinned, _GUESSED_SIZE.sub("", summary))
    notes = list(dict.fromkeys(_notes(kept, answers)))
    if kept == every and not notes:
        yield remedy
        return
    summary = remedy.summary
    if notes:
        summary = f"{_GUESSED_SIZE.sub('', summary)} ({', '.join(notes)})"
    yield _with_extra(remedy, kept, summary)


def _with_extra(remedy: Remedy, requirements: list[str], summary: str) -> Remedy:
    settings = {**remedy.settings, "extra": requirements}
    return msgspec.structs.replace(
        remedy, settings=settings, label=label(settings), summary=summary
    )


def _holds(text: str, module: str | None, checked: Checked | None) -> bool:
    """Whether a requirement may be offered for ``module`` (``None``: for another reason)."""
    requirement = Requirement(text)
    if _is_never(requirement.name):
        return False
    if checked is None or checked.why_not:
        return True
    if checked.offer is None:
        return False
    contents = checked.offer.contents
    if module is None or requirement.specifier or contents is None:
        return module is None or not checked.offer.sdist or _may_be(requirement.name, module)
    if _brings(module, requirement.name):
        return contents.holds(module)
    known = _modules_of(requirement.name)
    return any(top in known or _same(top, requirement.name) for top in contents.tops)


def _may_be(name: str, module: str) -> bool:
    """Whether an sdist, which nobody has looked into, may be offered: known, or of one name."""
    known = bool(_modules_of(name))
    return known or any(_same(name, part) for part in (module, module.partition(".")[0]))


def _notes(kept: Iterable[str], answers: Mapping[str, Checked]) -> Iterator[str]:
    found = [answers[text] for text in kept if text in answers]
    offers = [one.offer for one in found if one.offer is not None]
    size = sum(o.contents.size for o in offers if o.contents is not None and not o.local)
    if size >= LARGE:
        yield f"{_shown(size)} to download"
    yield from (one.why_not for one in found if one.why_not)
    if any(offer.sdist and offer.contents is None for offer in offers):
        yield "only an sdist, so what it holds is not known"


def _at_hand(text: str, checked: Checked | None) -> str | None:
    """The pin that takes a wheel of the find-links in place of a huge download."""
    offer = checked.offer if checked is not None else None
    if offer is None or offer.local or offer.at_hand is None or offer.contents is None:
        return None
    requirement = Requirement(text)
    pinned = f"{requirement.name}=={offer.at_hand}"
    return pinned if offer.contents.size > HUGE and not requirement.specifier else None


def _only_sdist(remedies: Iterable[Remedy], answers: Mapping[str, Checked]) -> bool:
    texts = [text for remedy in remedies for text in remedy.settings.get("extra", ())]
    offers = [answers[text].offer for text in texts if text in answers]
    return any(one is not None and one.sdist and one.contents is None for one in offers)


def offered(cause: Cause) -> Iterator[str]:
    """The requirements that a cause's remedies add, those of the index alone."""
    for remedy in cause.remedies:
        for text in remedy.settings.get("extra", ()):
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if requirement.url is None and not _is_never(requirement.name):
                yield text


def _missing_module(cause: Cause) -> str | None:
    """The module that was not found, with as many parts as the cause's summary tells."""
    text = cause.evidence.text if cause.evidence is not None else None
    found = _MODULE.search(text or "")
    if found is None:
        return None
    longer = re.search(rf"\b{re.escape(found[1])}(?:\.\w+)*", cause.summary)
    return longer[0] if longer is not None else found[1]


def _brings(module: str, name: str) -> bool:
    return _same(distribution_of(module), name)


def _modules_of(name: str) -> set[str]:
    """Top-level modules that the kept table says the distribution has."""
    return {top for top, brought in distributions().distributions.items() if _same(brought, name)}


def _is_never(name: str) -> bool:
    """Whether that is a module of Python's, or one that only older releases have, and no more."""
    gone = {
        module for module, bound in removals().modules.items() if not _same_start(bound, module)
    }
    back = set(python_removals().backports.values())
    theirs = {*sys.stdlib_module_names, *python_removals().modules, *distributions().never, *gone}
    return name in theirs - back or name.replace("-", "_") in theirs - back


def _same_start(bound: str, module: str) -> bool:
    return _same(re.split(r"[<>=!~]", bound)[0], module)


def _same(one: str, other: str) -> bool:
    return canonicalize_name(one) == canonicalize_name(other)


def _shown(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
