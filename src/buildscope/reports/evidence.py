"""The evidence of a failure as lines: the project's frames, the last lines of output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from buildscope.journal.deeds import read_deeds
from buildscope.journal.lines import SpoolReader
from buildscope.reports.failures import left_out_words
from buildscope.reports.lines import Lines, coloured, line
from buildscope.reports.stuck import Stand, last_lines, stack_lines, stand, stand_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.text import Text

    from buildscope.model.failure import Cause, Evidence, ExceptionRecord, Frame
    from buildscope.model.run import PhaseRun

MOST_FRAMES: Final = 4
LAST_LINES: Final = 15
_BEFORE, _AFTER = 2, 1
_LONGEST: Final = 2_000
_MOST_PARTS: Final = 3


def parts(run: PhaseRun, causes: Iterable[Cause] = ()) -> Iterator[Lines]:
    """What the causes' errors are about, then frames, where it stood, output, the backend's logs."""
    about = [one.evidence.source for one in causes if one.evidence and one.evidence.source]
    if about:
        sources = {(frame.file, frame.line): frame for frame in about}.values()
        shown = [text for frame in sources for text in _frame(frame)]
        yield Lines([line(), line("The source that the error is about", "bold"), *shown])
    if run.exception is not None:
        frames = _project_frames(run.exception)
        if frames:
            title = line("Most recent call first, the project's own frames", "bold")
            shown = [text for frame in frames[:MOST_FRAMES] for text in _frame(frame)]
            yield Lines([line(), title, *shown, *_left_out(len(frames) - MOST_FRAMES)])
    stood = stand_of(run)
    if stood.known:
        texts = (stand_sentence(stood), *stack_lines(stood), *last_lines(stood))
        yield Lines([line(), line("Where it stood", "bold"), *(line(f"  {one}") for one in texts)])
    output = list(_output(run))
    if output:
        yield Lines([line(), line(f"Last lines of output ({_files(run)})", "bold"), *output])
    if run.logs:
        kept = Path(run.logs[0].file).parent
        logs = [line(f"  {Path(log.file).name}  {_shortened(log.path)}") for log in run.logs]
        yield Lines([line(), line(f"Logs of the backend, kept in {kept}", "bold"), *logs])


def stand_of(run: PhaseRun) -> Stand:
    """Where a hook stood that was stopped."""
    deeds = read_deeds(Path(run.reports)) if run.reports and (run.stack or run.waiting) else ()
    return stand(run.stack, run.waiting, deeds)


def place(evidence: Evidence) -> str:
    """Where a claim comes from, in words: ``get_requires, stderr line 31: …``."""
    words: list[str] = [evidence.phase]
    if evidence.stream is not None:
        words.append(f"{evidence.stream} line {evidence.line}")
    elif evidence.file is not None:
        words.append(evidence.file if evidence.line is None else f"{evidence.file}:{evidence.line}")
    where = ", ".join(words)
    text = " ".join((evidence.text or "").split())[:300]
    return f"{where}: {text}" if text else ""


def _project_frames(exception: ExceptionRecord) -> list[Frame]:
    """Innermost first; those of the exception it came from where it has none of its own."""
    shown: ExceptionRecord | None = exception
    while shown is not None:
        frames = [frame for frame in reversed(shown.frames) if frame.owner == "project"]
        if frames:
            return frames
        shown = shown.cause
    return []


def _frame(frame: Frame) -> Iterator[Text]:
    left_out = left_out_words(frame)
    if left_out:
        yield line(f"  {left_out}", "yellow")
    yield line(f"  {frame.file}:{frame.line} {frame.function}".rstrip(), "cyan")
    context = _context(frame)
    width = len(str(context[-1][0]))
    for number, source in context:
        failing = number == frame.line
        mark, style = ("❱", "bold") if failing else (" ", "dim")
        yield line(f"  {mark} {number:>{width}} │ {source.expandtabs(4)}", style)
        if failing and frame.columns is not None and frame.context:
            yield _caret(source, frame.columns, width)


def _context(frame: Frame) -> list[tuple[int, str]]:
    numbered = [
        (frame.context_line + at, source[:_LONGEST].rstrip())
        for at, source in enumerate(frame.context)
        if frame.line - _BEFORE <= frame.context_line + at <= frame.line + _AFTER
    ]
    return numbered or [(frame.line, frame.source)]


def _caret(source: str, columns: tuple[int, int], width: int) -> Text:
    start, end = (cell_len(source[:column].expandtabs(4)) for column in columns)
    end = max(end, start + 1)
    return line(f"    {' ' * width} │ {' ' * start}{'^' * (end - start)}", "bold red")


def _left_out(count: int) -> list[Text]:
    return [line(f"  ({count} more frames of the project)", "dim")] if count > 0 else []


def _output(run: PhaseRun) -> Iterator[Text]:
    if run.index is None:
        return
    reader = SpoolReader(Path(run.index).parent)
    try:
        for stream, text in reader.tail(LAST_LINES):
            shown = line("  ! " if stream == "stderr" else "    ", "red")
            yield shown.append_text(coloured(text[:_LONGEST]))
    finally:
        reader.close()


def _shortened(path: str) -> str:
    """The end of a long path."""
    parts = Path(path).parts
    return path if len(parts) <= _MOST_PARTS else f"…/{'/'.join(parts[-_MOST_PARTS:])}"


def _files(run: PhaseRun) -> str:
    counts = ((run.stdout_lines, run.stdout), (run.stderr_lines, run.stderr))
    named = [f"{count} lines in {path}" for count, path in counts if path and count]
    return "; ".join([*named, "! marks stderr"])
