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
            (
                "A source distribution (sdist) is one archive with one top folder. For a requirement it is "
                "taken from the index, even where a wheel exists: the wheel is what is to be built."
            ),
            (
                "Members that point outside the folder are refused. A local directory is built where it is, "
                "as installers do."
            ),
        ),
        runs="Nothing of the project runs: it is only unpacked.",
        standard=f"{_SPEC}, Source distribution format; PEP 625, PEP 706",
    ),
    "static_requires": Lesson(
        does="reads which backend builds this, and what that needs",
        why=(
            (
                "[build-system] in pyproject.toml names the build backend and the requirements that must be "
                "installed before it can be asked anything: the static requirements."
            ),
            (
                "Where the table is missing, a frontend takes setuptools.build_meta:__legacy__ and "
                "setuptools>=40.8.0, so that old projects still build."
            ),
        ),
        runs="Nothing of the project runs: a file is read.",
        standard=f"PEP 518; PEP 517, Source trees; {_SPEC}, pyproject.toml",
    ),
    "environment": Lesson(
        does="makes an empty environment to build in",
        why=(
            (
                "Build isolation: only what is declared is there, so what happens to be installed on a "
                "machine cannot make or break a build."
            ),
            (
                "With isolation off the build runs in your own environment instead; then what is missing "
                "there is listed, not installed."
            ),
        ),
        runs=_OURS,
        standard="PEP 517, Build environment; PEP 405",
    ),
    "install_static": Lesson(
        does="installs the static requirements into it",
        why=(
            (
                "The backend itself is one of them. Extra requirements that you add are resolved together "
                "with them, under your constraints."
            ),
            (
                "Without upper bounds the newest release is taken: a backend that dropped something old is a "
                "frequent cause of failures."
            ),
        ),
        runs="A requirement without a wheel is itself built, which runs its code.",
        standard="PEP 518; PEP 517, Build requirements",
    ),
    "get_requires": Lesson(
        does="asks the backend what else it needs to build a wheel",
        why=(
            (
                "pyproject.toml can only list what is known beforehand. A backend may compute more: from "
                "setup.py (setup_requires), or from the system."
            ),
            (
                "So the frontend must ask, and install the answer, before it asks for metadata. A frontend "
                "that leaves this out breaks such packages later, and far from the reason."
            ),
        ),
        runs="The backend runs for the first time; setuptools runs setup.py now.",
        standard="PEP 517, get_requires_for_build_wheel",
    ),
    "install_dynamic": Lesson(
        does="installs the dynamic requirements, resolved with all others",
        why=(
            (
                "They are resolved together with the static and the extra ones: two resolutions could "
                "contradict each other, and the second would win silently."
            ),
        ),
        runs="A requirement without a wheel is itself built, which runs its code.",
        standard="PEP 517, get_requires_for_build_wheel",
    ),
    "prepare_metadata": Lesson(
        does="has the backend write the core metadata, without building",
        why=(
            (
                "A resolver needs name, version and dependencies long before it needs a wheel. This hook is "
                "optional; without it the metadata is read from the built wheel."
            ),
            "It must leave exactly one .dist-info directory with a METADATA file.",
        ),
        runs="The backend runs; setuptools runs setup.py again.",
        standard=f"PEP 517, prepare_metadata_for_build_wheel; {_SPEC}, Core metadata",
    ),
    "build_wheel": Lesson(
        does="has the backend build the wheel",
        why=(
            (
                "The one hook that every backend must have. It is handed the .dist-info of the phase "
                "before, and must put one .whl file into the directory and return its name."
            ),
            "Compilers run here, and most time goes here.",
        ),
        runs="The backend runs, and whatever it starts: compilers, CMake, cargo.",
        standard=f"PEP 517, build_wheel; {_SPEC}, Binary distribution format",
    ),
    "check": Lesson(
        does="opens the wheel and holds it against what was said before",
        why=(
            (
                "Name, tags, RECORD and METADATA must agree with each other, with the metadata prepared "
                "before, and with what the sdist promised."
            ),
            "Installers look at less: a wheel with version 0.0.0 installs, and is still wrong.",
        ),
        runs="Nothing of the project runs: an archive is read.",
        standard=f"{_SPEC}, Binary distribution format, Recording installed projects; PEP 643",
    ),
}
