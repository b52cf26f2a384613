"""Edited files of an attempt: what they were, a copy to edit, and the difference as a patch."""

from __future__ import annotations

import tarfile
import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.recipes.patch import file_patch
from buildscope.session.places import make_private
from buildscope.sources.edited import checked_path

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.target import SourceFacts


def patch_text(attempt: Attempt) -> str:
    """All edits as one unified diff, for ``patch -p1`` in the project's directory.

    Bytes that are not UTF-8 are surrogates (PEP 383). Empty where nothing was edited. Raises
    ``UsageError`` when the source as it was obtained, or an edit, is gone.
    """
    if attempt.source is None:
        return ""
    return _patch(attempt.source, tuple(sorted(attempt.settings.edits.items())))


@lru_cache(maxsize=8)
def _patch(source: SourceFacts, edits: tuple[tuple[str, str], ...]) -> str:
    parts = []
    for path, kept in edits:
        before = obtained(source, path)
        old = None if before is None else _text(before)
        parts.append(file_patch(path, old, _text(_read(kept))))
    return "".join(parts)


def _read(kept: str) -> bytes:
    try:
        return Path(kept).read_bytes()
    except OSError as error:
        raise UsageError(f"the edit {kept} cannot be read: {error.strerror}") from error


def obtained(source: SourceFacts, path: str) -> bytes | None:
    """The text of the project's file ``path`` as it was obtained; ``None`` for a new file.

    Raises ``UsageError`` when what was obtained is gone.
    """
    kept = Path(source.archive or "")
    below = PurePosixPath(Path(source.project).relative_to(source.tree).as_posix(), path)
    if kept.is_dir():
        file = kept / below
        return file.read_bytes() if file.is_file() else None
    if not kept.is_file():
        raise UsageError(f"{kept}, the source as it was obtained, is gone")
    return _member(str(kept), str(below))


def begin_edit(session: Path, attempt: Attempt, path: str, draft: str | None = None) -> Path:
    """A private copy of the project's file ``path`` as ``attempt`` was given it, to be edited.

    ``draft`` is a text that was written since, and is gone on with. Raises ``UsageError`` when
    there is no such file, or it is none of the project.
    """
    path = checked_path(path)
    if attempt.source is None:
        raise UsageError("there is no source yet to edit")
    copy = session / "edits" / "open" / str(attempt.id) / path
    make_private(copy.parent)
    kept = draft or attempt.settings.edits.get(path)
    content = _read(kept) if kept is not None else obtained(attempt.source, path)
    if content is None:
        made = Path(attempt.source.project, path)
        if not made.is_file():
            raise UsageError(f"{path} is no file of the source")
        content = made.read_bytes()
    copy.write_bytes(content)
    return copy


@lru_cache(maxsize=32)
def _member(archive: str, below: str) -> bytes | None:
    """A file of an archive, below its one top folder."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            names = [name for name in zipped.namelist() if _below_top(name) == below]
            return zipped.read(names[-1]) if names else None
    with tarfile.open(archive) as tar:
        members = [member for member in tar if _below_top(member.name) == below]
        file = tar.extractfile(members[-1]) if members else None
        return file.read() if file is not None else None


def _below_top(name: str) -> str:
    return name.removeprefix("./").partition("/")[2]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
