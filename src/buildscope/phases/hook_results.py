"""What hooks return, checked against PEP 517 before anything relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement

from buildscope.errors import PhaseError

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 120
_NAMES = {
    "NoneType": "None",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "str": "the string",
    "list": "a list",
    "dict": "a dictionary",
}


def check_requirements(result: Any, *, hook: str) -> tuple[str, ...]:
    """The requirements that ``get_requires_for_*`` returned.

    PEP 517: "a list of strings containing PEP 508 dependency specifications"; a string alone
    is no list of them. Raises ``PhaseError`` (``hook-contract``).
    """
    if not isinstance(result, list):
        hint = None
        if isinstance(result, str):
            hint = f"the backend should return [{result!r}]; a string is not a list of strings"
        raise _broken(hook, result, "a list of PEP 508 strings", hint)
    for index, item in enumerate(result):
        if not isinstance(item, str):
            raise PhaseError(
                f"{hook} returned a list whose element {index} is {_described(item)}; PEP 517 "
                "wants every element to be a PEP 508 string",
                cause="hook-contract",
            )
        _check_requirement(item, hook)
    return tuple(result)


def check_dist_info(result: Any, directory: Path, *, hook: str) -> Path:
    """The ``.dist-info`` directory that ``prepare_metadata_for_*`` wrote into ``directory``.

    PEP 517: it creates a ``.dist-info`` directory containing wheel metadata in
    ``directory`` and returns its basename. It has to be the only one there and to hold
    ``METADATA``. Raises ``PhaseError`` (``hook-contract``; ``invalid-metadata`` without
    ``METADATA``).
    """
    expected = "the basename of a .dist-info directory in metadata_directory"
    name = _basename(result, hook, expected)
    written = sorted(path.name for path in directory.glob("*.dist-info") if path.is_dir())
    if not name.endswith(".dist-info"):
        raise _broken(hook, result, expected, _there(written, directory))
    if name not in written:
        message = f"{hook} returned {name!r}, and metadata_directory holds no such directory"
        raise PhaseError(message, cause="hook-contract", hint=_there(written, directory))
    if len(written) > 1:
        raise PhaseError(
            f"{hook} left {len(written)} .dist-info directories ({', '.join(written)}) where "
            "PEP 517 wants exactly one",
            cause="hook-contract",
        )
    if not (directory / name / "METADATA").is_file():
        message = f"{hook} wrote {name} without METADATA, the file of the core metadata"
        raise PhaseError(message, cause="invalid-metadata", file=f"{name}/METADATA")
    return directory / name


def check_wheel_name(result: Any, directory: Path, *, hook: str) -> Path:
    """The wheel that ``build_wheel`` wrote into ``directory``.

    PEP 517: it builds a ``.whl`` file, places it in ``directory`` and returns its basename.
    Raises ``PhaseError`` (``hook-contract``) when that file is not there or is empty.
    """
    expected = "the basename of a .whl file in wheel_directory"
    name = _basename(result, hook, expected)
    path = directory / name
    written = sorted(one.name for one in directory.iterdir())
    if not name.endswith(".whl"):
        raise _broken(hook, result, expected, _there(written, directory))
    if name not in written or not path.is_file():
        what = "is no file" if name in written else "is not in wheel_directory"
        message = f"{hook} returned {name!r}, which {what}"
        raise PhaseError(message, cause="hook-contract", hint=_there(written, directory))
    if path.stat().st_size == 0:
        raise PhaseError(f"{hook} returned {name!r}, an empty file", cause="hook-contract")
    return path


def _check_requirement(text: str, hook: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        why = str(error).partition("\n")[0]
        raise PhaseError(
            f"{hook} returned {text!r}, which is no valid PEP 508 requirement: {why}",
            cause="hook-contract",
        ) from error


def _basename(result: Any, hook: str, expected: str) -> str:
    if not isinstance(result, str):
        raise _broken(hook, result, expected)
    if not result or result in {".", ".."} or "/" in result or "\\" in result:
        hint = "return the name alone, without a directory" if result else None
        raise _broken(hook, result, expected, hint)
    return result


def _broken(hook: str, result: Any, expected: str, hint: str | None = None) -> PhaseError:
    message = f"{hook} returned {_described(result)}; PEP 517 wants {expected}"
    return PhaseError(message, cause="hook-contract", hint=hint)


def _there(names: list[str], directory: Path) -> str:
    return f"there are: {', '.join(names)}" if names else f"{directory.name} is empty"


def _described(value: Any) -> str:
    name = _NAMES.get(type(value).__name__, f"a {type(value).__name__}")
    if value is None or isinstance(value, bool):
        return repr(value)
    text = repr(value)
    return f"{name} {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}"
