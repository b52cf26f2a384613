"""One request to an installer, and the files through which it is told."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildscope.errors import PhaseError
from buildscope.model.base import Record
from buildscope.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Request(Record, frozen=True):
    """What to install for which interpreter.

    ``constraints`` bind nested builds too, ``pins`` (exact versions, from an earlier attempt
    or the user's environment) only this resolution. ``target`` is a directory to install
    into instead of the interpreter's own environment.
    """

    python: str
    python_version: str
    requirements: tuple[str, ...]
    settings: Settings
    constraints: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    target: str | None = None
    no_deps: bool = False


class RequestFiles(Record, frozen=True):
    """Files that exist while an installer runs; ``None`` where there is nothing to say."""

    directory: Path
    requirements: Path
    constraints: Path | None
    build_constraints: Path | None


@contextmanager
def request_files(request: Request, cwd: Path) -> Iterator[RequestFiles]:
    """Write the request below ``cwd``, in a directory that is gone afterwards.

    It is outside every record, because requirements may hold credentials. Raises
    ``PhaseError`` for text that an installer would not read as one requirement.
    """
    directory = Path(tempfile.mkdtemp(prefix="request-", dir=cwd))
    try:
        _written(directory / "requirements.txt", request.requirements)
        yield RequestFiles(
            directory=directory,
            requirements=directory / "requirements.txt",
            constraints=_written(
                directory / "constraints.txt", (*request.constraints, *request.pins)
            ),
            build_constraints=_written(directory / "build-constraints.txt", request.constraints),
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def all_pinned(request: Request) -> bool:
    """Whether ``pins`` names an exact version for each requirement."""
    exact = pinned_names(request.pins)
    return all(_name(requirement) in exact for requirement in request.requirements)


def pinned_names(requirements: Iterable[str]) -> set[str]:
    """Normalised names of those with an exact version."""
    names: set[str] = set()
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        exact = any(
            each.operator in {"==", "==="} and not each.version.endswith(".*")
            for each in requirement.specifier
        )
        if exact:
            names.add(canonicalize_name(requirement.name))
    return names


def _name(text: str) -> str | None:
    try:
        return canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return None


def _written(path: Path, lines: Sequence[str]) -> Path | None:
    for line in lines:
        if not line.strip() or "\n" in line or "\r" in line or line.lstrip().startswith("-"):
            raise PhaseError(
                f"{line!r} is not a requirement",
                cause="resolution",
                hint="write it as a name with versions, or as `name @ URL`",
            )
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    path.chmod(0o600)
    return path if lines else None
