"""Edited files of an attempt: what they were, a copy to edit, and the difference as a patch."""

from __future__ import annotations

import difflib
import shutil
import tarfile
import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from buildscope.errors import UsageError
from buildscope.session.places import make_private
from buildscope.sources.edited import checked_path

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.model.target import SourceFacts

_NO_NEWLINE = "\\ No newline at end of file\n"


def patch_text(attempt: Attempt) -> str:
    """All edits as one unified diff, for ``patch -p1`` in the project's directory.

    Empty where nothing was edited. Raises ``UsageError`` when the archive is gone.
    """
    source = attempt.source
    if source is None:
        return ""
    return "".join(
        _difference(path, obtained(source, path), Path(kept).read_bytes())
        for path, kept in sorted(attempt.settings.edits.items())
    )


def obtained(source: SourceFacts, path: str) -> bytes | None:
    """The text of the project's file ``path`` as it was obtained; ``None`` for a new file."""
    kept = Path(source.archive or "")
    below = PurePosixPath(Path(source.project).relative_to(source.tree).as_posix(), path)
    if kept.is_dir():
        file = kept / below
        return file.read_bytes() if file.is_file() else None
    if not kept.is_file():
        raise UsageError(f"{kept}, the source as it was obtained, is gone")
    return _member(str(kept), str(PurePosixPath(Path(source.tree).name, below)))


def begin_edit(session: Path, attempt: Attempt, path: str) -> Path:
    """A private copy of the project's file ``path`` as ``attempt`` was given it, to be edited.

    Raises ``UsageError`` when there is no such file, or it is none of the project.
    """
    path = checked_path(path)
    if attempt.source is None:
        raise UsageError("there is no source yet to edit")
    copy = make_private(session / "edits" / "open" / str(attempt.id)) / path
    make_private(copy.parent)
    kept = attempt.settings.edits.get(path)
    if kept is not None:
        shutil.copyfile(kept, copy)
        return copy
    content = obtained(attempt.source, path)
    if content is None:
        made = Path(attempt.source.project, path)
        if not made.is_file():
            raise UsageError(f"{path} is no file of the source")
        content = made.read_bytes()
    copy.write_bytes(content)
    return copy


@lru_cache(maxsize=32)
def _member(archive: str, name: str) -> bytes | None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            return zipped.read(name) if name in zipped.namelist() else None
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and member.name.removeprefix("./") == name:
                file = tar.extractfile(member)
                return file.read() if file is not None else None
    return None


def _difference(path: str, before: bytes | None, after: bytes) -> str:
    # Latin-1 keeps every byte, whatever the file is written in.
    old = [] if before is None else before.decode("latin-1").splitlines(keepends=True)
    new = after.decode("latin-1").splitlines(keepends=True)
    origin = "/dev/null" if before is None else f"a/{path}"
    lines = difflib.unified_diff(old, new, origin, f"b/{path}")
    text = "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)
    return text.encode("latin-1").decode("utf-8", errors="surrogateescape")
