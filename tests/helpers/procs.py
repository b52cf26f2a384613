"""Helpers for tests that run real processes and hooks."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildscope.hooks.call import HookOutcome, call_hook
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.process.run import run
from buildscope.process.stop import Stop

if TYPE_CHECKING:
    from buildscope.process.ended import Ended

PROJECTS = Path(__file__).parent.parent / "projects"


def _pythons() -> dict[str, str]:
    """Interpreters to try hooks on: ours, and what pyenv has from 3.8 on."""
    found = {}
    for path in sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python")):
        version = re.match(r"3\.(\d+)\.\d+$", path.parent.parent.name)
        if version and int(version[1]) >= 8:
            found[f"3.{version[1]}"] = str(path)
    found.setdefault(f"3.{sys.version_info[1]}", sys.executable)
    return found


PYTHONS = _pythons()
OLDEST = min(PYTHONS, key=lambda version: int(version[2:]))
NEWEST = max(PYTHONS, key=lambda version: int(version[2:]))


def processes_with(text: str) -> list[str]:
    """Command lines of living processes that have ``text`` in them, from ``/proc``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if text in line:
                found.append(f"{entry.name}: {line}")
    return found


@dataclass
class Ran:
    """A process that was run; what it wrote is read when it is asked for."""

    ended: Ended
    seconds: float
    output: Path

    @property
    def stdout(self) -> str:
        return (self.output / "stdout").read_text("utf-8", errors="replace")

    @property
    def stderr(self) -> str:
        return (self.output / "stderr").read_text("utf-8", errors="replace")


@dataclass
class Lab:
    """Runs commands and hooks below a temporary directory."""

    directory: Path
    stop: Stop = field(default_factory=Stop)
    redactor: Redactor = field(default_factory=Redactor)
    count: int = 0

    def run(self, *command: str, env: dict[str, str] | None = None, **options: Any) -> Ran:
        spool = self._spool()
        started = time.monotonic()
        try:
            ended = run(
                command,
                cwd=options.pop("cwd", self.directory),
                env=options.pop("environ", {**os.environ, **(env or {})}),
                spool=spool,
                stop=self.stop,
                **options,
            )
        finally:
            spool.close()
        return Ran(ended, time.monotonic() - started, spool.directory)

    def python(self, code: str, *arguments: str, **options: Any) -> Ran:
        return self.run(sys.executable, "-c", code, *arguments, **options)

    def hook(
        self,
        hook: str = "get_requires_for_build_wheel",
        kwargs: dict[str, Any] | None = None,
        *,
        project: Path,
        backend: str,
        env: dict[str, str] | None = None,
        **options: Any,
    ) -> HookOutcome:
        spool = self._spool()
        try:
            return call_hook(
                hook,
                kwargs or {},
                python=options.pop("python", sys.executable),
                project=project,
                backend=backend,
                backend_path=options.pop("backend_path", (".",)),
                environ={**os.environ, **(env or {})},
                directory=self.evidence,
                spool=spool,
                stop=self.stop,
                timeout=options.pop("timeout", 60),
                redactor=self.redactor,
                **options,
            )
        finally:
            spool.close()

    @property
    def evidence(self) -> Path:
        return self.directory / f"evidence-{self.count}"

    @property
    def stderr(self) -> str:
        """What the last hook wrote there."""
        return (self.directory / f"output-{self.count}" / "stderr").read_text("utf-8")

    def _spool(self) -> Spool:
        self.count += 1
        return Spool(self.directory / f"output-{self.count}", self.redactor)
