"""Where the outputs of two attempts part; what differs between any two runs does not count."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import TYPE_CHECKING, TypeAlias, get_args

from buildscope.model.names import PHASES, Stream
from buildscope.reports.varying import LONGEST, same_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildscope.model.names import Phase
    from buildscope.model.run import Attempt

    Lines: TypeAlias = Callable[[Attempt, Phase, Stream], Iterable[str]]
    """One stream of a phase of an attempt, a line at a time."""
    Differing: TypeAlias = tuple[str, str | None, str | None]

MOST_LINES = 20_000
"""Lines that are read of one stream."""


def output_sections(
    a: Attempt, b: Attempt, lines: Lines
) -> Iterator[tuple[str, tuple[Differing, ...], tuple[str, ...]]]:
    """Head, differences and notes for each phase that ran in both and printed something else."""
    for name in PHASES:
        one, other = a.phase(name), b.phase(name)
        if one.index is None or other.index is None or one.index == other.index:
            continue
        counts = [(one.stdout_lines, other.stdout_lines), (one.stderr_lines, other.stderr_lines)]
        for stream, (before, after) in zip(get_args(Stream), counts, strict=True):
            parted = _parted(a, b, lines(a, name, stream), lines(b, name, stream))
            if parted is not None:
                differing, note = parted
                counted = f"{before:,} and {after:,} lines; {note}"
                yield f"Output of {name}, {stream}", differing, (counted,)


def _parted(
    a: Attempt, b: Attempt, before: Iterable[str], after: Iterable[str]
) -> tuple[tuple[Differing, ...], str] | None:
    """The first lines that differ, and where; ``None`` where none of those read do."""
    pairs = enumerate(zip_longest(before, after), 1)
    for number, (one, other) in islice(pairs, MOST_LINES):
        if not same_text(a, one, b, other):
            told = f"the first difference is in line {number}"
            return (("", _shown(one), _shown(other)),), told
    if next(pairs, None) is not None:
        return (), f"the first {MOST_LINES:,} are the same, and no more were read"
    return None


def _shown(line: str | None) -> str:
    return "(ends here)" if line is None else line[:LONGEST].rstrip() or "(an empty line)"
