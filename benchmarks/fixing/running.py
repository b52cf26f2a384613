"""Runs ``buildscope fix`` on one row, as a user would, with a state directory of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.fixing.rows import Case

GRACE: Final = 120.0
"""Seconds beyond the budget of a search after which the program is ended."""
_OURS: Final = frozenset({"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"})
"""Variables that would make an environment of ours one of the user's."""


@dataclass(frozen=True)
class Ran:
    """What the program printed, as JSON, ``None`` where that is none; ``seconds`` of the wall."""

    document: dict[str, Any] | None
    seconds: float
    exit_code: int | None
    complaint: str = ""


def command(case: Case, budget: float, environ: Mapping[str, str]) -> list[str]:
    """The command line; a pinned torch comes from the configured find-links."""
    made = [sys.executable, "-m", "buildscope", "fix", case.requirement, "--json"]
    made += ["--budget", f"{budget:g}"]
    if case.spec.get("verified_to") == "metadata":
        made += ["--build", "metadata"]
    pins = [one for one in case.spec.get("extra", ()) if one.startswith("torch==")]
    for pin in pins:
        made += ["-c", pin]
    if pins and environ.get("PIP_FIND_LINKS"):
        made += ["--find-links", environ["PIP_FIND_LINKS"]]
    return made


def run(case: Case, place: Path, cache: Path, budget: float) -> Ran:
    """Run the program in ``place``, which keeps its state and its two outputs."""
    place.mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if name not in _OURS}
    environ |= {"BUILDSCOPE_STATE_DIR": str(place / "state"), "BUILDSCOPE_CACHE_DIR": str(cache)}
    started = time.monotonic()
    with (place / "document.json").open("wb") as out, (place / "stderr").open("wb") as err:
        process = subprocess.Popen(
            command(case, budget, environ),
            cwd=place,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            code: int | None = process.wait(budget + GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            code = None
    return _ran(place, time.monotonic() - started, code)


def _ran(place: Path, seconds: float, code: int | None) -> Ran:
    try:
        found = json.loads((place / "document.json").read_bytes())
    except ValueError:
        said = (place / "stderr").read_text("utf-8", "replace").strip().splitlines()
        why = "took too long" if code is None else (said[-1] if said else "no document")
        return Ran(None, seconds, code, why)
    return Ran(found, seconds, code)
