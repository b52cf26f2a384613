"""Builds a recipe again from zero, without buildscope: uv, ``patch`` and the hooks alone."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tomli
import uv
from packaging.metadata import parse_email
from packaging.utils import canonicalize_name
from packaging.version import Version
from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.fixing.rows import Case
    from benchmarks.fixing.running import Ran

LEGACY: Final[dict[str, Any]] = {
    "requires": ["setuptools>=40.8.0"],
    "build-backend": "setuptools.build_meta:__legacy__",
}
LONGEST: Final = 900.0
"""Seconds for one step."""
_FAULTS: Final = (
    OSError,
    ValueError,
    subprocess.TimeoutExpired,
    BackendUnavailable,
    HookMissing,
)
_LEFT_OUT: Final = frozenset({"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"})


def repeat(case: Case, ran: Ran, place: Path) -> tuple[bool | None, str]:
    """Whether the proven recipe of a document builds again, and why not.

    ``None`` where that cannot be said: a recipe that takes the user's own environment.
    """
    document = ran.document or {}
    recipe = document["recipe"]
    if not recipe["isolation"]:
        return None, "takes the user's own environment"
    try:
        build = _Build(place, recipe, _python(document), document["build"] == "metadata")
        _check_identity(case, build.run(_archive(case, document)))
    except subprocess.CalledProcessError as error:
        return False, _last_line(error.stderr or error.output or b"")
    except _FAULTS as error:
        return False, f"{type(error).__name__}: {error}"
    return True, ""


@dataclass(frozen=True)
class _Build:
    place: Path
    recipe: Mapping[str, Any]
    interpreter: str
    metadata: bool

    def run(self, archive: Path) -> bytes:
        """All steps of an installer, to the core metadata; raises where one fails."""
        self.place.mkdir(parents=True)
        tree = _unpacked(archive, self.place / "tree")
        if self.recipe["patch"]:
            _run(
                ["patch", "-p1", "--no-backup-if-mismatch"],
                tree,
                dict(os.environ),
                self.recipe["patch"].encode(),
            )
        system = _build_system(tree)
        _run(
            [uv.find_uv_bin(), "venv", "--python", self.interpreter, "venv"],
            self.place,
            self._environ(),
        )
        wanted = [*system["requires"], *self.recipe["extra"]]
        if wanted:
            self._install(wanted)
        hooks = BuildBackendHookCaller(
            str(tree),
            system.get("build-backend", LEGACY["build-backend"]),
            backend_path=system.get("backend-path"),
            runner=self._hook,
            python_executable=str(self._bin / "python"),
        )
        settings = self.recipe["config_settings"]
        dynamic = hooks.get_requires_for_build_wheel(settings)
        if dynamic:
            self._install([*wanted, *dynamic])
        made = self.place / "made"
        made.mkdir()
        if self.metadata:
            folder = made / hooks.prepare_metadata_for_build_wheel(str(made), settings)
            return (folder / "METADATA").read_bytes()
        return _metadata_of(made / hooks.build_wheel(str(made), settings))

    @property
    def _bin(self) -> Path:
        return self.place / "venv" / ("Scripts" if sys.platform == "win32" else "bin")

    def _environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        path = f"{self._bin}{os.pathsep}{kept.get('PATH', '')}"
        return {
            **kept,
            "PATH": path,
            "VIRTUAL_ENV": str(self.place / "venv"),
            **(more or {}),
            **self.recipe["env"],
        }

    def _install(self, requirements: Iterable[str]) -> None:
        file = self.place / "constraints.txt"
        file.write_text("\n".join(self.recipe["constraints"]) + "\n", encoding="utf-8")
        command = [uv.find_uv_bin(), "pip", "install", "--python", str(self._bin / "python")]
        command += ["--constraint", str(file), "--build-constraint", str(file), *requirements]
        if self.recipe["exclude_newer"]:
            command += ["--exclude-newer", self.recipe["exclude_newer"]]
        for link in (*self.recipe["find_links"], *os.environ.get("PIP_FIND_LINKS", "").split()):
            command += ["--find-links", link]
        _run(command, self.place, self._environ())

    def _hook(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        _run(list(cmd), Path(cwd or self.place), self._environ(extra_environ))


def _run(command: list[str], cwd: Path, environ: dict[str, str], stdin: bytes = b"") -> None:
    subprocess.run(
        command, cwd=cwd, env=environ, input=stdin, capture_output=True, check=True, timeout=LONGEST
    )


def _python(document: Mapping[str, Any]) -> str:
    """The interpreter that the proof ran on."""
    number = document["recipe"]["attempt"]
    attempt = next(one for one in document["attempts"] if one["id"] == number)
    return str(attempt["interpreter"]["path"])


def _archive(case: Case, document: Mapping[str, Any]) -> Path:
    """The sdist that was built; it must be the one of the table."""
    path = Path(document["attempts"][0]["source"]["archive"])
    if hashlib.sha256(path.read_bytes()).hexdigest() != case.sha256:
        raise ValueError(f"{path.name} is not the sdist of the table")
    return path


def _unpacked(archive: Path, directory: Path) -> Path:
    directory.mkdir()
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as file:
            file.extractall(directory)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(directory, filter="data")
    return next(path for path in directory.iterdir() if path.is_dir())


def _build_system(tree: Path) -> dict[str, Any]:
    file = tree / "pyproject.toml"
    if not file.exists():
        return LEGACY
    found: dict[str, Any] = tomli.loads(file.read_text("utf-8")).get("build-system", LEGACY)
    return found


def _metadata_of(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as file:
        for name in file.namelist():
            if name.endswith(".dist-info/METADATA"):
                return file.read(name)
    raise ValueError(f"{wheel.name} has no METADATA")


def _check_identity(case: Case, metadata: bytes) -> None:
    """A build that made up its name or version is none."""
    found, _ = parse_email(metadata)
    name, version = found.get("name", ""), found.get("version", "")
    same = canonicalize_name(name) == canonicalize_name(case.name)
    if not same or Version(version) != Version(case.version):
        raise ValueError(f"it built {name} {version}")


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "failed without a word"
