"""The verdict: what an attempt came to, in a fixed number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildscope.tui.view import built, failed, paused, progress
from buildscope.tui.view.parts import offered
from buildscope.tui.view.rows import Row, cut, row, spread, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from buildscope.model.failure import Remedy
    from buildscope.model.run import Attempt
    from buildscope.tui.view.parts import Verdict
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.scene import Scene
    from buildscope.tui.view.state import State

SHORT, TALL = 5, 8
_KEY_WIDTH = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a verdict goes: ``width`` cells of ``height`` rows."""

    width: int
    height: int

    @property
    def content(self) -> int:
        """Rows for text: a tall verdict has air above and below."""
        return self.height - 2 if self.height >= TALL else self.height


def verdict_rows(scene: Scene, frame: Frame) -> tuple[Row, ...]:
    """Fill exactly ``frame.height`` rows, each of at most ``frame.width`` cells."""
    verdict = _SPEAKERS[scene.state](scene)
    lines = _lay_out(verdict, frame.width, frame.content)
    if frame.height >= TALL:
        lines = [row(), *lines]
    return tuple([*lines, *[row()] * frame.height][: frame.height])


def digits(attempt: Attempt | None) -> tuple[Remedy, ...]:
    """Remedies that the digits take, in order: those that a change of settings can be."""
    if attempt is None:
        return ()
    return tuple(remedy for remedy in offered(attempt) if remedy.label)[:9]


def _lay_out(verdict: Verdict, width: int, height: int) -> list[Row]:
    inner = width - 3
    aside = len(verdict.aside) + 2 if verdict.aside else 0
    evidence = _in_the_way_of_no_remedy(verdict, inner - aside, height)
    room = max(1, height - len(evidence) - len(verdict.remedies))
    first, *more = wrap(verdict.sentence, inner - aside, min(room, 3))
    style = f"{verdict.style} strong"
    head = ((verdict.mark, style), (" ", ""), (first, style))
    lines = [row(*spread(head, ((verdict.aside, "dim"),) if verdict.aside else (), width - 1))]
    lines += [row("  ", (text, style)) for text in more]
    lines += [_evidence(text, inner) for text in evidence]
    lines = lines[:height] + _remedy_rows(verdict.remedies, inner, height - len(lines))
    return [*lines, *(_evidence(text, inner) for text in verdict.further)][:height]


def _in_the_way_of_no_remedy(verdict: Verdict, width: int, height: int) -> tuple[str | Piece, ...]:
    """The evidence that leaves rows for the sentence and all remedies; its first always."""
    if not verdict.remedies:
        return verdict.evidence
    taken = len(wrap(verdict.sentence, width, 3)) + len(verdict.remedies)
    return verdict.evidence[: max(1, height - taken)]


def _evidence(line: str | tuple[str, str], width: int) -> Row:
    text, style = line if isinstance(line, tuple) else (line, "")
    return row("  ", (cut(text, width), style))


def _remedy_rows(remedies: Sequence[Remedy], width: int, height: int) -> list[Row]:
    labels = [remedy.label for remedy in remedies if remedy.label]
    column = min(max((len(label) for label in labels), default=0), width // 2)
    lines: list[Row] = []
    digit = 0
    for remedy in remedies:
        digit += bool(remedy.label)
        lines.append(_remedy(remedy, digit, column, width))
    if len(lines) <= height or height <= 0:
        return lines[: max(height, 0)]
    hidden = len(lines) - height + 1
    more = f"{hidden} more: press a digit up to {digit} to see one"
    return [*lines[: height - 1], row("  ", (" " * (_KEY_WIDTH + 2), ""), (more, "dim"))]


def _remedy(remedy: Remedy, digit: int, column: int, width: int) -> Row:
    left = width - _KEY_WIDTH - column - 4
    if not remedy.label:
        return row("  ", (" · ", "dim"), "  ", cut(remedy.summary, width - _KEY_WIDTH - 2))
    label = cut(remedy.label, column)
    return row(
        "  ",
        (f" {digit} ", "key"),
        "  ",
        (f"{label:<{column}}", "strong"),
        "  ",
        (cut(remedy.summary, left), "dim"),
        key=f"remedy-{digit}",
    )


_SPEAKERS: Mapping[State, Callable[[Scene], Verdict]] = {
    "starting": progress.starting,
    "obtaining": progress.obtaining,
    "running": progress.running,
    "paused": paused.paused,
    "failed": failed.failed,
    "unknown": failed.unknown,
    "timeout": failed.failed,
    "built": built.built,
    "built_changed": built.built_changed,
    "warned": built.warned,
    "stopped": built.stopped,
    "cancelled": failed.cancelled,
    "interrupted": failed.interrupted,
    "not_obtained": failed.not_obtained,
    "refused": failed.refused,
    "fault": failed.fault,
}
STYLE_OF: Mapping[State, str] = {
    "starting": "running",
    "obtaining": "running",
    "running": "running",
    "paused": "warned",
    "failed": "failed",
    "unknown": "failed",
    "timeout": "failed",
    "built": "passed",
    "built_changed": "passed",
    "warned": "warned",
    "stopped": "warned",
    "cancelled": "warned",
    "interrupted": "warned",
    "not_obtained": "failed",
    "refused": "failed",
    "fault": "failed",
}
