"""Warnings for builds that passed and are wrong, with the reason and what may cure it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.model.failure import Evidence, Warned
from buildscope.phases.blame import find_blame
from buildscope.phases.identity import judge_name, judge_version
from buildscope.phases.warn_extensions import unbuilt_extensions
from buildscope.phases.warn_output import skipped_extensions, unknown_options
from buildscope.phases.wheel import broken_promises

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt
    from buildscope.phases.declared import Declared
    from buildscope.phases.identity import Verdict
    from buildscope.phases.metadata import Flaw, MetadataReading
    from buildscope.phases.wheel import WheelReading

_MOST_NAMED = 5


def warnings_for(
    attempt: Attempt,
    *,
    declared: Declared,
    metadata: MetadataReading | None,
    wheel: WheelReading | None = None,
) -> tuple[Warned, ...]:
    """What is wrong with the build, the worst first, without what ``attempt`` has already.

    ``attempt`` is a snapshot with the phases that have run (their output is read from the
    files it points at), ``declared`` the static facts of the tree as it was before any hook
    ran, ``metadata`` what phase 7 read, or ``None``, and then the wheel's own is judged.
    """
    judged = metadata if metadata is not None or wheel is None else wheel.metadata
    if judged is None:
        return ()
    seen = {(one.id, one.summary) for one in attempt.warnings}
    fresh = []
    for one in _Judge(attempt, declared, judged, wheel).warnings():
        if (one.id, one.summary) not in seen:
            seen.add((one.id, one.summary))
            fresh.append(one)
    return tuple(fresh)


class _Judge:
    def __init__(
        self,
        attempt: Attempt,
        declared: Declared,
        metadata: MetadataReading,
        wheel: WheelReading | None,
    ) -> None:
        self.attempt = attempt
        self.declared = declared
        self.metadata = metadata
        self.wheel = wheel
        self.options = unknown_options(attempt)
        self.blame = find_blame(attempt, declared)
        prepared = attempt.phase("prepare_metadata").status in {"passed", "carried", "running"}
        self.phase: Phase = "prepare_metadata" if prepared else "check"

    def warnings(self) -> Iterator[Warned]:
        yield from self._identity()
        yield from self._unknown_options()
        yield from self._skipped_extensions()
        yield from self._dropped()
        yield from self._flaws()

    def _identity(self) -> Iterator[Warned]:
        version = judge_version(self.attempt, self.declared, self.metadata)
        doubtful = bool(self.options) or (version is not None and version.made_up)
        name = judge_name(self.attempt, self.declared, self.metadata, doubtful=doubtful)
        verdicts = [verdict for verdict in (version, name) if verdict is not None]
        for verdict in sorted(verdicts, key=lambda one: not one.made_up):
            yield self._verdict(verdict)

    def _verdict(self, verdict: Verdict) -> Warned:
        evidence = self.options[0].evidence if self.options else Evidence(phase=self.phase)
        return Warned(
            id=verdict.id,
            attempt=self.attempt.id,
            summary=verdict.summary,
            evidence=evidence if verdict.made_up else Evidence(phase=self.phase),
            reason=self._reason() if verdict.made_up else None,
            remedies=self.blame.remedies if verdict.made_up else (),
        )

    def _reason(self) -> str | None:
        if not self.options:
            return self.blame.reason or None
        unknown = f"`{self.options[0].what}` was an unknown option"
        if self.blame.reason:
            return f"{self.blame.reason}, and {unknown}"
        return f"{unknown}: nothing that is installed defines it"

    def _unknown_options(self) -> Iterator[Warned]:
        for option in self.options:
            name = f"`{option.what}`"
            undefined = f"nothing that is installed defines {name}; it is a plugin's or misspelt"
            yield Warned(
                id="unknown-setup-option",
                attempt=self.attempt.id,
                summary=f"setuptools ignored {name}, an option of setup() that it does not know",
                evidence=option.evidence,
                reason=self.blame.reason or undefined,
                remedies=self.blame.remedies,
            )

    def _skipped_extensions(self) -> Iterator[Warned]:
        seen = skipped_extensions(self.attempt)
        if not seen:
            yield from self._unbuilt_extensions()
            return
        names = list(dict.fromkeys(one.what for one in seen if one.what))
        what = f"the extension {_listed(names)}" if names else "an extension"
        reason = "the build failed to compile it and went on"
        if self.wheel is not None and not self.wheel.compiled:
            reason += "; the wheel holds nothing compiled"
        yield Warned(
            id="extension-skipped",
            attempt=self.attempt.id,
            summary=f"{what} could not be compiled and was left out",
            evidence=seen[0].evidence,
            reason=reason,
        )

    def _unbuilt_extensions(self) -> Iterator[Warned]:
        found = unbuilt_extensions(self.attempt, self.wheel) if self.wheel is not None else None
        if found is not None:
            yield Warned(
                id="extension-skipped",
                attempt=self.attempt.id,
                summary="setup.py can build an extension, and the wheel holds nothing compiled",
                evidence=found.evidence,
                reason=found.reason,
                remedies=found.remedies,
            )

    def _dropped(self) -> Iterator[Warned]:
        built = set(_names(self.metadata.requires_dist))
        lost = [
            one
            for one in self.declared.requires
            if not built.issuperset(_names([one.value]))
            and not self.declared.conditional.issuperset(_names([one.value]))
        ]
        if not lost:
            return
        noun = "requirement" if len(lost) == 1 else "requirements"
        reason = "the metadata has no requirement at all" if not built else None
        yield Warned(
            id="requirements-dropped",
            attempt=self.attempt.id,
            summary=f"the metadata lacks {len(lost)} {noun} that {lost[0].file} has: "
            + _listed([one.value for one in lost]),
            evidence=Evidence(phase=self.phase, file=lost[0].file),
            reason=self.blame.reason or reason,
            remedies=self.blame.remedies,
        )

    def _flaws(self) -> Iterator[Warned]:
        pkg_info = self.declared.pkg_info
        if pkg_info is not None:
            yield from self._flawed(broken_promises(pkg_info, self.metadata), self.phase)
        if self.wheel is not None:
            yield from self._flawed(self.wheel.flaws, "check")
        yield from self._flawed(self.metadata.flaws, self.phase)

    def _flawed(self, flaws: Iterable[Flaw], phase: Phase) -> Iterator[Warned]:
        for flaw in flaws:
            evidence = Evidence(phase=phase, file=flaw.file, line=flaw.line, text=flaw.text)
            yield Warned(
                id=flaw.id, attempt=self.attempt.id, summary=flaw.summary, evidence=evidence
            )


def _names(requirements: Iterable[str]) -> Iterator[str]:
    for text in requirements:
        with suppress(InvalidRequirement):
            yield canonicalize_name(Requirement(text).name)


def _listed(items: list[str]) -> str:
    shown = ", ".join(items[:_MOST_NAMED])
    more = len(items) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
