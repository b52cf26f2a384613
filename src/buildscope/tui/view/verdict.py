"""The verdict: what an attempt came to, in a fixed number of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildscope.tui.keys import BY_ID, shown_key
from buildscope.tui.view import built, cure, failed, paused, progress
from buildscope.tui.view.parts import label_of, offered
from buildscope.tui.view.rows import Row, cut, row, spread, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from buildscope.model.failure import Remedy
    from buildscope.model.run import Attempt
    from buildscope.tui.view.parts import Offer, Verdict
    from buildscope.tui.view.rows import Piece
    from buildscope.tui.view.scene import Scene
    from buildscope.tui.view.state import State

SHORT, TALL = 5, 8
_KEY_WIDTH = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a verdict goes: ``width`` cells of ``height`` rows; ``keymap`` is the user's own."""

    width: int
    height: int
    keymap: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> int:
        """Rows for text: a tall verdict has air above and below."""
        return self.height - 2 if self.height >= TALL else self.height


def verdict_rows(scene: Scene, frame: Frame) -> tuple[Row, ...]:
    """Fill exactly ``frame.height`` rows, each of at most ``frame.width`` cells."""
    verdict = _SPEAKERS[scene.state](scene)
    lines = _lay_out(verdict, frame)
    if frame.height >= TALL:
        lines = [row(), *lines]
    return tuple([*lines, *[row()] * frame.height][: frame.height])


def digits(attempt: Attempt | None) -> tuple[Remedy, ...]:
    """Remedies that the digits take, in order: those that a change of settings can be."""
    if attempt is None:
        return ()
    return tuple(remedy for remedy in offered(attempt) if label_of(remedy))[:9]


def _lay_out(verdict: Verdict, frame: Frame) -> list[Row]:
    width, height = frame.width, frame.content
    inner = width - 3
    aside = len(verdict.aside) + 2 if verdict.aside else 0
    evidence = _in_the_way_of_no_remedy(verdict, inner - aside, height)
    room = max(1, height - len(evidence) - len(verdict.remedies) - len(verdict.offers))
    first, *more = wrap(verdict.sentence, inner - aside, min(room, 3))
    style = f"{verdict.style} strong"
    head = ((verdict.mark, style), (" ", ""), (first, style))
    lines = [row(*spread(head, ((verdict.aside, "dim"),) if verdict.aside else (), width - 1))]
    lines += [row("  ", (text, style)) for text in more]
    lines += [_evidence(text, inner) for text in evidence]
    lines = lines[:height] + _remedy_rows(verdict.remedies, inner, height - len(lines))
    lines += _offer_rows(verdict.offers, inner, frame.keymap)
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
    labels = [label for remedy in remedies if (label := label_of(remedy))]
    column = min(max((len(label) for label in labels), default=0), width // 2)
    lines: list[Row] = []
    digit = 0
    for remedy in remedies:
        digit += bool(label_of(remedy))
        lines.append(_remedy(remedy, digit, column, width))
    if len(lines) <= height or height <= 0:
        return lines[: max(height, 0)]
    hidden = len(lines) - height + 1
    more = f"{hidden} more: press a digit up to {digit} to see one"
    return [*lines[: height - 1], row("  ", (" " * (_KEY_WIDTH + 2), ""), (more, "dim"))]


def _remedy(remedy: Remedy, digit: int, column: int, width: int) -> Row:
    left = width - _KEY_WIDTH - column - 4
    label = cut(label_of(remedy), column)
    if not label:
        return row("  ", (" · ", "dim"), "  ", cut(remedy.summary, width - _KEY_WIDTH - 2))
    return row(
        "  ",
        (f" {digit} ", "key"),
        "  ",
        (f"{label:<{column}}", "strong"),
        "  ",
        (cut(remedy.summary, left), "dim"),
        key=f"remedy-{digit}",
    )


def _offer_rows(offers: Sequence[Offer], width: int, keymap: Mapping[str, str]) -> Iterator[Row]:
    """A row a verb, as those of remedies; a click does it."""
    column = min(max((len(offer.label) for offer in offers), default=0), width // 2)
    for offer in offers:
        shown = f" {shown_key(BY_ID[offer.key], keymap)} "
        left = width - len(shown) - column - 4
        yield row(
            "  ",
            (shown, "key"),
            "  ",
            (f"{cut(offer.label, column):<{column}}", "strong"),
            "  ",
            (cut(offer.told, left), "dim"),
            key=f"verb-{offer.key}",
        )


_SPEAKERS: Mapping[State, Callable[[Scene], Verdict]] = {
    "starting": progress.starting,
    "obtaining": progress.obtaining,
    "running": progress.running,
    "paused": paused.paused,
    "searching": cure.searching,
    "proven": cure.proven,
    "uncured": cure.uncured,
    "unfinished": cure.unfinished,
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
    "searching": "running",
    "proven": "passed",
    "uncured": "failed",
    "unfinished": "warned",
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
