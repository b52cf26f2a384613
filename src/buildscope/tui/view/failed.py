"""Verdicts of what did not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.reports.sanitize import one_line
from buildscope.reports.stuck import stand, stand_sentence
from buildscope.tui.view.compare import against_parent
from buildscope.tui.view.parts import Verdict, joined, offered
from buildscope.tui.view.units import duration

if TYPE_CHECKING:
    from buildscope.model.run import Attempt, PhaseRun
    from buildscope.tui.view.scene import Scene


def failed(scene: Scene) -> Verdict:
    """A rule knows the cause."""
    attempt = scene.the_attempt
    cause = attempt.causes[0]
    run = failed_run(attempt)
    return Verdict(
        "✗",
        "failed",
        one_line(cause.summary),
        aside=cause.confidence,
        evidence=(
            joined(_failed(run, scene), against_parent(scene.record, attempt), how(run, attempt)),
        ),
        remedies=offered(attempt),
    )


def unknown(scene: Scene) -> Verdict:
    """No rule knows it: the exception and the first error line stand for themselves."""
    attempt = scene.the_attempt
    run = failed_run(attempt)
    cause = attempt.causes[0] if attempt.causes else None
    first_error = cause.evidence.text if cause and cause.evidence else None
    evidence = [joined(_failed(run, scene), against_parent(scene.record, attempt), ended(run))]
    if first_error:
        evidence.append(one_line(first_error))
    return Verdict(
        "✗",
        "failed",
        f"No rule knows this: {how(run, attempt)}",
        aside="unknown",
        evidence=(*evidence, ("e goes to the first error line, r retries with a change", "dim")),
        remedies=offered(attempt),
    )


def _failed(run: PhaseRun, scene: Scene) -> str:
    return f"{run.name} failed, frame alive" if scene.live.held else f"{run.name} failed"


def cancelled(scene: Scene) -> Verdict:
    """Somebody stopped it."""
    return _ended_early("Stopped", scene.the_attempt)


def interrupted(scene: Scene) -> Verdict:
    """The program was interrupted."""
    return _ended_early("Interrupted", scene.the_attempt)


def not_obtained(scene: Scene) -> Verdict:
    """There is no source tree: one sentence, and the nearest names or versions."""
    attempt = scene.the_attempt
    failure = attempt.phase("source").failure
    summary = attempt.causes[0].summary if attempt.causes else ""
    sentence = failure.message if failure else summary or f"{scene.target} was not obtained"
    hint = failure.hint if failure else None
    if hint in {remedy.summary for remedy in offered(attempt)}:
        hint = None
    return Verdict(
        "✗",
        "failed",
        one_line(sentence),
        aside="not obtained",
        evidence=(one_line(hint),) if hint else (),
        remedies=offered(attempt),
    )


def refused(scene: Scene) -> Verdict:
    """The request itself was wrong; nothing ran."""
    message, hint = scene.live.refusal or ("", None)
    return Verdict(
        "✗",
        "failed",
        one_line(message),
        aside="nothing ran",
        evidence=(one_line(hint),) if hint else (),
    )


def fault(scene: Scene) -> Verdict:
    """We failed, not the build."""
    text = (scene.live.fault or "").strip()
    last = text.splitlines()[-1] if text else "no traceback was kept"
    where = (
        f"the report is in {scene.live.report}" if scene.live.report else "the traceback is below"
    )
    return Verdict(
        "✗",
        "failed",
        f"buildscope's fault: {one_line(last)}",
        aside="not the build's",
        evidence=(where, "Everything recorded until then is kept; q quits."),
    )


def failed_run(attempt: Attempt) -> PhaseRun:
    """The phase that failed, or the first one where the record does not say."""
    return attempt.phase(attempt.failed_phase or "source")


def how(run: PhaseRun, attempt: Attempt) -> str:
    """The exception, else the engine's own sentence, else how the process ended."""
    if run.exception is not None:
        message = one_line(run.exception.message)
        return f"{run.exception.type}: {message}" if message else run.exception.type
    quoted = attempt.causes[0].evidence if attempt.causes else None
    if quoted is not None and quoted.text and attempt.causes[0].id != "unknown":
        return one_line(quoted.text)
    if run.failure is not None:
        return one_line(run.failure.message)
    return ended(run) or "it says nothing"


def ended(run: PhaseRun) -> str | None:
    """How the phase's process ended, where that is out of the ordinary."""
    if run.signal is not None:
        return f"killed by {run.signal}"
    return f"exit code {run.exit_code}" if run.exit_code else None


def _ended_early(verb: str, attempt: Attempt) -> Verdict:
    run = next((one for one in attempt.phases if one.status == "cancelled"), None)
    after = f" after {duration(attempt.seconds)}" if attempt.seconds is not None else ""
    where = f" in {run.name}" if run else ""
    told = one_line(run.failure.message) if run is not None and run.failure is not None else None
    at = stand_sentence(stand(run.stack, run.waiting, ())) if run is not None else ""
    return Verdict(
        "x",
        "warned",
        f"{verb}{where}{after}",
        evidence=(
            told or "No process of it is left.",
            *((f"it stood {one_line(at)}",) if at else ()),
            ("r retries from there", "dim"),
        ),
    )
