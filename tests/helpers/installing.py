"""Environments and installers for tests, on files alone and without the user's settings."""

from __future__ import annotations

import hashlib
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from buildscope.environments.create import create
from buildscope.environments.facts import own_facts
from buildscope.environments.install import install
from buildscope.environments.install_uv import uv_program
from buildscope.environments.interpreters import find_interpreter
from buildscope.journal.lines import SpoolReader
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from buildscope.environments.model import BuildEnvironment
    from buildscope.process.ended import Ended


def clean_environ(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment of a user without any configuration, whose home is the test's own."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "PYTHONDONTWRITEBYTECODE")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {
        **found,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CONFIG_DIRS": str(home / "xdg"),
        "PIP_CONFIG_FILE": os.devnull,
        **more,
    }


class Workbench:
    """Directories of one test, and the wheels that its installers may take."""

    def __init__(self, tmp_path: Path, cache: Path) -> None:
        self.tmp_path = tmp_path
        self.cache = cache
        self.links = tmp_path / "links"
        self.neutral = tmp_path / "neutral"
        self.environ = clean_environ(tmp_path)
        self._count = 0
        self.links.mkdir()
        self.neutral.mkdir()

    def settings(self, **more: Any) -> Settings:
        """Settings under which no index is asked."""
        return Settings(**{"no_index": True, "find_links": (str(self.links),), **more})

    def environment(self, python: str | None = None) -> BuildEnvironment:
        """A fresh isolated environment."""
        self._count += 1
        interpreter = find_interpreter(python, cache=self.cache, environ=os.environ)
        return create(self.tmp_path / f"env{self._count}", interpreter, cache=self.cache)

    @contextmanager
    def spool(self) -> Iterator[Spool]:
        """A spool of its own; afterwards ``output`` reads the last one."""
        self._count += 1
        self._last = self.tmp_path / f"spool{self._count}"
        spool = Spool(self._last, Redactor())
        try:
            yield spool
        finally:
            spool.close()

    def install(
        self,
        environment: BuildEnvironment,
        requirements: Sequence[str],
        settings: Settings | None = None,
        **more: Any,
    ) -> Ended:
        """Install into ``environment``; ``output`` then has what was said."""
        with self.spool() as spool:
            return install(
                environment,
                requirements,
                self.settings() if settings is None else settings,
                **{
                    "constraints": (),
                    "cwd": self.neutral,
                    "spool": spool,
                    "stop": Stop(),
                    "environ": self.environ,
                    "cache": self.cache,
                    **more,
                },
            )

    @property
    def output(self) -> str:
        """Both streams of the last installer, as text."""
        reader = SpoolReader(self._last)
        try:
            return "\n".join(text for _, text in reader.lines())
        finally:
            reader.close()

    def venv(self, *requirements: str, name: str = "user", seed: bool = False) -> Path:
        """An environment that a user made, with requirements from the folder of wheels."""
        path = self.tmp_path / name
        pip = [] if seed else ["--without-pip"]
        python = own_facts().base
        subprocess.run([python, "-m", "venv", *pip, str(path)], check=True)
        if requirements:
            command = [uv_program(), "pip", "install", "-q", "--no-index", "--offline"]
            command += ["--find-links", str(self.links), "--link-mode", "copy"]
            command += ["--python", str(path), *requirements]
            subprocess.run(command, check=True, env=self.environ, cwd=self.neutral)
            (path / ".lock").unlink(missing_ok=True)
        return path


def fingerprint(folder: Path) -> str:
    """A hash over every path below ``folder``, with kind, size, time and content."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found = path.lstat()
        digest.update(f"{path} {found.st_mode} {found.st_mtime_ns}".encode())
        if path.is_file() and not path.is_symlink():
            digest.update(path.read_bytes())
    return digest.hexdigest()
