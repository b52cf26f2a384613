"""Write what each minor version of CPython was the last to have (``diagnosis/data/cpython.toml``).

Interpreters are asked for their standard library's public names, their headers are read for the
identifiers of the C interface, and a C compiler tells the members of its structures. What no
later interpreter has is written under the last that has it. Without paths, every interpreter of
``PATH`` and of pyenv is taken; of each minor version the newest one that has headers counts.
What cannot be asked for, such as what a version removed that is not on this machine, is in
``cpython_kept.toml``. The same interpreters make the same file.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import tomli
from cpython_headers import Kept, RemovalsError, members, public_headers, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "src" / "buildscope" / "diagnosis" / "data" / "cpython.toml"
HEAD = """\
What each minor version of CPython was the last to have, as the versions themselves tell: public names of the \
standard library's modules, identifiers and headers of the C interface (Include/ without internal/), and members \
of its structures that a compiler accepts. Compared: {versions}. Made by tools/cpython_removals.py; \
`tests/test_diagnosis_machine.py` checks it against the interpreters of a machine. What only versions after these \
removed is kept in tools/cpython_kept.toml, from "Removed" in their What's New.
"""

Table: TypeAlias = "dict[str, list[str]]"
"""By minor version, the words that it was the last to have, sorted."""


@dataclass(frozen=True)
class Python:
    """An interpreter and what it told: its version, its headers' directory, its names."""

    path: str
    version: tuple[int, int, int]
    include: Path
    modules: frozenset[str]
    names: frozenset[str]

    @property
    def minor(self) -> str:
        """As in ``"3.9"``."""
        return "{}.{}".format(*self.version)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table; raises ``RemovalsError`` with less than two usable interpreters."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("python", nargs="*", help="interpreters; default: all that are found")
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED, help="default: %(default)s")
    parser.add_argument("--cc", default="cc", help="C compiler (default: %(default)s)")
    options = parser.parse_args(arguments)
    kept = tomli.loads((HERE / "cpython_kept.toml").read_text("utf-8"))
    pythons = usable(options.python or found(), kept)
    if len(pythons) < 2:
        raise RemovalsError("two interpreters of different versions are needed to compare")
    parts = {
        "names": removed_names(pythons, kept),
        "identifiers": removed_identifiers(pythons, kept),
        "headers": last_with({python.minor: public_headers(python.include) for python in pythons}),
        "members": last_with(
            {python.minor: members(python.include, kept, options.cc) for python in pythons}
        ),
    }
    versions = [".".join(map(str, python.version)) for python in pythons]
    options.output.write_text(rendered(parts, versions), "utf-8")


def found() -> Iterator[str]:
    """Paths of the interpreters of ``PATH`` and of pyenv, as they come."""
    from python_discovery import iter_interpreters

    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for path in sorted((root / "versions").glob("*/bin/python")):
        yield str(path)
    for info in iter_interpreters(None):
        if info.implementation == "CPython" and info.executable:
            yield info.executable


def usable(paths: Iterable[str], kept: Kept) -> list[Python]:
    """The newest interpreter of each minor version that has headers, the oldest first."""
    chosen: dict[str, Python] = {}
    for path in dict.fromkeys(paths):
        python = described(path, kept)
        if not (python.include / "Python.h").is_file():
            sys.stderr.write(f"{path}: no headers, left out\n")
        elif python.version > getattr(chosen.get(python.minor), "version", ()):
            chosen[python.minor] = python
    return sorted(chosen.values(), key=lambda python: python.version)


def described(path: str, kept: Kept) -> Python:
    """An interpreter with all that its standard library has."""
    answer = asked(path, kept, ())
    return Python(
        path=path,
        version=tuple(answer["version"]),
        include=Path(answer["include"]),
        modules=frozenset(answer["modules"]),
        names=frozenset(answer["names"]),
    )


def asked(path: str, kept: Kept, names: Iterable[str]) -> dict[str, Any]:
    """What ``cpython_probe.py`` answers there; raises ``RemovalsError`` if it does not."""
    modules = kept["modules"]
    question = {name: modules[name].split() for name in ("submodules", "skip")}
    probe = (HERE / "cpython_probe.py").read_text("utf-8")
    with tempfile.TemporaryDirectory() as empty:
        ran = subprocess.run(
            [path, "-E", "-s", "-S", "-c", probe],
            input=json.dumps({**question, "ask": list(names)}),
            capture_output=True,
            encoding="utf-8",
            cwd=empty,
            check=False,
        )
    if ran.returncode:
        raise RemovalsError(f"{path} ended with {ran.returncode}: {ran.stderr[-500:]}")
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answer


def last_with(have: Mapping[str, Iterable[str]]) -> Table:
    """The words of each version that no later one has; ``have`` begins with the oldest."""
    last = {word: minor for minor, words in have.items() for word in words}
    *older, _ = have
    return {minor: sorted(word for word in last if last[word] == minor) for minor in older}


def removed_names(pythons: Sequence[Python], kept: Kept) -> Table:
    """Names of modules that are still there in a later version, and those that are kept."""
    ask = candidates(pythons)
    gone = last_with({python.minor: asked(python.path, kept, ask)["has"] for python in pythons})
    noise = any_of(kept["names"]["noise"])
    table = {
        minor: [name for name in names if not noise.fullmatch(name)]
        for minor, names in gone.items()
    }
    for minor, names in kept["names"]["kept"].items():
        table[minor] = sorted({*table.get(minor, ()), *names.split()})
    return table


def candidates(pythons: Sequence[Python]) -> list[str]:
    """What ``dir`` no longer lists in a module that a later version still has."""
    gone = last_with({python.minor: python.names for python in pythons})
    return sorted(
        name
        for index, python in enumerate(pythons[:-1])
        for name in gone[python.minor]
        if any(name.rpartition(".")[0] in later.modules for later in pythons[index + 1 :])
    )


def removed_identifiers(pythons: Sequence[Python], kept: Kept) -> Table:
    """Words of the headers that are of the C interface."""
    rules = kept["identifiers"]
    bare, noise = set(rules["bare"].split()), any_of(rules["noise"])
    gone = last_with({python.minor: words(python.include) for python in pythons})
    return {
        minor: [
            word
            for word in found
            if word in bare
            or (re.match(r"_?(Py[A-Za-z_]|PY_)", word) and not noise.fullmatch(word))
        ]
        for minor, found in gone.items()
    }


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """What matches when one of them does."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def rendered(parts: Mapping[str, Table], versions: Sequence[str]) -> str:
    """The file's text: words in lines under the version, sorted."""
    head = wrapped(HEAD.format(versions=", ".join(versions)), indent="# ")
    tables = (
        f"[{part}]\n"
        + "".join(
            f'"{minor}" = """\n{wrapped(" ".join(words))}\n"""\n' for minor, words in table.items()
        )
        for part, table in parts.items()
    )
    return "\n".join([f"{head}\n", *tables])


def wrapped(text: str, *, indent: str = "") -> str:
    """In lines of at most 118 characters."""
    return textwrap.fill(
        text,
        118,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    main()
