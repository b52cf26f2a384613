"""The rows of what can be taken away: what each is, and why one is not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.tui.view.rows import Row, cut, row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildscope.model.run import Attempt
    from buildscope.recipes import RecipeText

_LABEL = 14
_KINDS = (
    (".md", "report", "Markdown, for an issue"),
    (".json", "document", "JSON, the whole session"),
    (".sh", "command lines", "a script that builds it again"),
    (".patch", "patch", "your edits, for patch -p1"),
)


def taken_rows(
    attempt: Attempt, texts: Sequence[RecipeText], cwd: Path, width: int
) -> tuple[Row, ...]:
    """A row a thing; keys are ``recipe:NAME``, ``wheel``, ``path`` and the suffixes of files."""
    label = max((len(text.title) + 1 for text in texts), default=_LABEL)
    recipes = tuple(
        _one(text.title, f"{text.file:<18}the recipe", f"recipe:{text.name}", max(label, _LABEL))
        for text in texts
    )
    head = (row(("The recipe", "dim")), *recipes, row()) if recipes else ()
    return (*head, *_rows(attempt, cwd, width))


def file_name(attempt: Attempt, session: str, suffix: str) -> str:
    """The name of a file to write, such as ``flash-attn-attempt-1.md``."""
    name = attempt.source.name if attempt.source and attempt.source.name else session
    return f"{name}-attempt-{attempt.id}{suffix}"


def _rows(attempt: Attempt, cwd: Path, width: int) -> Iterator[Row]:
    made = attempt.artifact
    if made is None:
        yield _none("wheel", f"attempt {attempt.id} built none")
    elif not Path(made).exists():
        yield _none("wheel", f"not there any more: {made}")
    else:
        yield _one("wheel", f"copy {Path(made).name} here", "wheel")
        yield _one("path of it", f"copy to the clipboard: {made}", "path")
    for suffix, label, told in _KINDS:
        if suffix == ".patch" and not attempt.settings.edits:
            yield _none(label, "no file was edited")
        else:
            yield _one(label, f"{suffix:<8}{told}", suffix)
    yield row()
    yield row((cut(f"Files go to {cwd}; nothing there is replaced.", width), "dim"))


def _one(label: str, told: str, key: str, column: int = _LABEL) -> Row:
    return row((f"{label:<{column}}", "strong"), told, key=key)


def _none(label: str, why: str) -> Row:
    return row((f"{label:<{_LABEL}}{why}", "dim"))
