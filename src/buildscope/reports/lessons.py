"""The nine phases in plain words: what each does, why it exists, where the standard has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildscope.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.model.names import Phase


class Lesson(Record, frozen=True):
    """``runs`` says whose code a phase runs."""

    does: str
    why: tuple[str, ...]
    runs: str
    standard: str


_OURS = "Only buildscope's own code runs."
_SPEC = "packaging specifications"

LESSONS: Mapping[Phase, Lesson] = {
    "source": Lesson(
        does="obtains the source and unpacks it",
        why=(
            "A source distribution (sdist) is one archive that holds one folder.",
            (
                "For a requirement the sdist is taken even where a wheel exists: the wheel is what is to be "
                "built. A local directory is built where it is, as installers do."
            ),
            (
                "What may go wrong: there is no sdist, the archive is damaged, or a member points outside "
                "of the folder; such an archive is refused."
            ),
        ),
        runs="Nothing of the project runs: it is only unpacked.",
        standard=f"PEP 625, PEP 706; {_SPEC}: Source distribution format",
    ),
    "static_requires": Lesson(
        does="reads which backend builds this, and what that needs",
        why=(
            (
                "The table [build-system] of pyproject.toml names the build backend, and the requirements "
                "that must be installed before the backend can be imported: the static ones."
            ),
            (
                "Without the table, setuptools.build_meta:__legacy__ and setuptools>=40.8.0 are taken, so "
                "that old projects still build."
            ),
            (
                "What may go wrong: the file is no TOML, a requirement is no requirement, or "
                "requires-python excludes this Python."
            ),
        ),
        runs="Nothing of the project runs: a file is read.",
        standard=f"PEP 518; PEP 517, Source trees; {_SPEC}: pyproject.toml",
    ),
    "environment": Lesson(
        does="makes an empty environment to build in",
        why=(
            (
                "Build isolation: only what is declared gets installed there. So what happens to be "
                "installed on a machine can neither make nor break a build."
            ),
            (
                "With isolation off the build runs in your own environment; what is missing there is "
                "listed and not installed."
            ),
            (
                "What may go wrong: the interpreter is broken. Much more often something goes wrong later, "
                "because the environment is empty and a requirement was never declared."
            ),
        ),
        runs=_OURS,
        standard=f"PEP 517, Build environment; PEP 405; {_SPEC}: Python Virtual Environments",
    ),
    "install_static": Lesson(
        does="installs the static requirements into it",
        why=(
            (
                "The backend itself is one of them. Extra requirements that you add are resolved together "
                "with them, under your constraints."
            ),
            "Where no upper bound is declared, the newest release is installed.",
            (
                "What may go wrong: nothing satisfies all requirements, a download fails, or a newer "
                "backend has removed what the project uses; that shows only when a hook runs."
            ),
        ),
        runs="A requirement that has no wheel is built itself, which runs its code.",
        standard=f"PEP 518; PEP 517, Build requirements; {_SPEC}: Dependency specifiers",
    ),
    "get_requires": Lesson(
        does="asks the backend what else it needs to build a wheel",
        why=(
            (
                "pyproject.toml can only list what is known beforehand. A backend may compute more: from "
                "setup.py (setup_requires), or from what the system has."
            ),
            (
                "So the frontend must ask, and install the answer, before it asks for metadata. The hook is "
                "optional: without it the answer is an empty list."
            ),
            (
                "What may go wrong: setup.py runs here for the first time, and imports what nobody "
                "declared, or uses what setuptools has removed."
            ),
        ),
        runs="The backend runs for the first time; setuptools runs setup.py.",
        standard=f"PEP 517, get_requires_for_build_wheel; {_SPEC}: pyproject.toml",
    ),
    "install_dynamic": Lesson(
        does="installs what the backend asked for, resolved with all the rest",
        why=(
            "These are the dynamic requirements: the answer of the phase before.",
            (
                "They are resolved together with the static and the extra ones. Two separate resolutions "
                "could contradict each other, and the second would win without a word."
            ),
            (
                "What may go wrong: the two contradict each other, or a frontend leaves this phase out; the "
                "build then fails later, and far from the reason."
            ),
        ),
        runs="A requirement that has no wheel is built itself, which runs its code.",
        standard=f"PEP 517, get_requires_for_build_wheel; {_SPEC}: Dependency specifiers",
    ),
    "prepare_metadata": Lesson(
        does="has the backend write the core metadata, without a build",
        why=(
            "A resolver needs name, version and dependencies long before it needs a wheel.",
            (
                "The hook is optional: without it the metadata is read from the built wheel. It must leave "
                "one .dist-info directory, with a METADATA file in it."
            ),
            (
                "What may go wrong: the version cannot be computed, or the backend makes one up (0.0.0) and "
                "says nothing."
            ),
        ),
        runs="The backend runs; setuptools runs setup.py again.",
        standard=f"PEP 517, prepare_metadata_for_build_wheel; {_SPEC}: Core metadata",
    ),
    "build_wheel": Lesson(
        does="has the backend build the wheel",
        why=(
            (
                "This is the hook that every backend must have. It gets the .dist-info of the phase "
                "before, puts one .whl file into a directory, and returns the file's name."
            ),
            "Compilers run here, and most of the time goes here.",
            (
                "What may go wrong: a compiler, a header or a library is missing, or C code is older than "
                "this Python. The reason is in the first error of the output, not in the last."
            ),
        ),
        runs="The backend runs, and what it starts: compilers, CMake, cargo.",
        standard=f"PEP 517, build_wheel; {_SPEC}: Binary distribution format",
    ),
    "check": Lesson(
        does="opens the wheel and compares it with what was said before",
        why=(
            (
                "Name, tags, RECORD and METADATA must agree with each other, with the metadata of phase "
                "prepare_metadata, and with what the sdist promised."
            ),
            "Installers look at less than that.",
            (
                "What may go wrong: the version in the wheel is not the prepared one, or a wheel installs "
                "and is still wrong, such as one with version 0.0.0."
            ),
        ),
        runs="Nothing of the project runs: an archive is read.",
        standard=f"PEP 643; {_SPEC}: Binary distribution format, Recording installed projects",
    ),
}
