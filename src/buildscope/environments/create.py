"""Isolated build environments: virtualenv makes one an interpreter, the others are copies.

A fresh virtual environment of an interpreter is the same every time but for its path, and
has that path nowhere but in a comment-like line of ``pyvenv.cfg``. So virtualenv runs once
an interpreter, in a process of its own, and what it made is copied: 2 ms instead of 250.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from buildscope.environments.bytecode import compile_checked
from buildscope.environments.facts import InterpreterFacts, ask, interpreter_facts
from buildscope.environments.model import BuildEnvironment
from buildscope.errors import PhaseError
from buildscope.model.base import Record

if TYPE_CHECKING:
    from buildscope.model.run import Interpreter

_OPTIONS = ("--no-seed", "--no-periodic-update", "--no-vcs-ignore", "--activators", "", "-q")
_WITHIN = 120.0


class _Layout(Record, frozen=True):
    """Paths relative to the environment; ``origin`` is where the template was made."""

    origin: str
    python: str
    scripts: str
    site_packages: tuple[str, ...]


def create(path: Path, interpreter: Interpreter, *, cache: Path) -> BuildEnvironment:
    """A new virtual environment without any packages at ``path``, which must not exist.

    The user's virtualenv configuration (``VIRTUALENV_*``, ``virtualenv.ini``) has no say.
    Safe in any thread. Raises ``PhaseError`` when virtualenv cannot make one for the
    interpreter, ``UsageError`` when the interpreter does not run.
    """
    facts = interpreter_facts(interpreter.path, cache=cache)
    template = _template(interpreter, facts, cache)
    layout = _layout(template)
    shutil.copytree(template / "env", path, symlinks=True)
    configuration = path / "pyvenv.cfg"
    text = configuration.read_text("utf-8").replace(layout.origin, str(path))
    configuration.write_text(text, "utf-8")
    return _described(path, layout, interpreter, facts)


def existing(path: Path, interpreter: Interpreter, *, cache: Path) -> BuildEnvironment:
    """The environment that ``create`` made at ``path`` before, made anew where it is gone.

    Raises as ``create`` does.
    """
    if not (path / "pyvenv.cfg").is_file():
        shutil.rmtree(path, ignore_errors=True)
        return create(path, interpreter, cache=cache)
    facts = interpreter_facts(interpreter.path, cache=cache)
    return _described(path, _layout(_template(interpreter, facts, cache)), interpreter, facts)


def _layout(template: Path) -> _Layout:
    return msgspec.json.decode((template / "layout.json").read_bytes(), type=_Layout)


def _described(
    path: Path, layout: _Layout, interpreter: Interpreter, facts: InterpreterFacts
) -> BuildEnvironment:
    return BuildEnvironment(
        path=str(path),
        python=str(path / layout.python),
        scripts=str(path / layout.scripts),
        site_packages=tuple(str(path / each) for each in layout.site_packages),
        interpreter=interpreter,
        markers=facts.markers,
    )


def _template(interpreter: Interpreter, facts: InterpreterFacts, cache: Path) -> Path:
    """The directory with the environment to copy and its layout, made when there is none."""
    template = cache / "environments" / _key(interpreter.path)
    if (template / "layout.json").exists():
        return template
    template.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = Path(tempfile.mkdtemp(prefix=".", dir=template.parent))
    try:
        _make(making, interpreter, facts)
        making.rename(template)
    except OSError:
        if not (template / "layout.json").exists():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return template


def _make(making: Path, interpreter: Interpreter, facts: InterpreterFacts) -> None:
    environment = making / "env"
    _virtualenv(environment, interpreter, making)
    made = ask(str(_python(environment)))
    python = Path(made.executable).relative_to(environment)
    site_packages = [Path(each) for each in made.site_packages]
    layout = _Layout(
        origin=str(environment),
        python=str(python),
        scripts=str(Path(made.scripts).relative_to(environment)),
        site_packages=tuple(str(each.relative_to(environment)) for each in site_packages),
    )
    # virtualenv leaves a module that every start of the environment's Python imports.
    sources = [path for each in site_packages for path in each.glob("*.py")]
    for source, compiled in compile_checked(str(environment / python), sources).items():
        kept = source.parent / "__pycache__" / f"{source.stem}.{facts.cache_tag}.pyc"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(compiled)
    (making / "layout.json").write_bytes(msgspec.json.encode(layout))


def _virtualenv(environment: Path, interpreter: Interpreter, making: Path) -> None:
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VIRTUALENV_", "PYTHON", "PIP_"))
    }
    environ["VIRTUALENV_CONFIG_FILE"] = str(making / "none.ini")
    places = ("--python", interpreter.path, "--app-data", str(making / "app-data"))
    done = subprocess.run(
        [sys.executable, "-m", "virtualenv", *_OPTIONS, *places, str(environment)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=making,
        env=environ,
        timeout=_WITHIN,
        check=False,
    )
    shutil.rmtree(making / "app-data", ignore_errors=True)
    if done.returncode:
        said = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
        raise PhaseError(
            f"virtualenv could not make an environment for Python {interpreter.version} at "
            f"{interpreter.path}: {said[-1] if said else f'exit code {done.returncode}'}",
            cause="unsupported-python",
            hint="name another interpreter with -p",
        )


def _python(environment: Path) -> Path:
    windows = environment / "Scripts" / "python.exe"
    return windows if os.name == "nt" else environment / "bin" / "python"


def _key(interpreter: str) -> str:
    """Changes with the interpreter's file and with the release of virtualenv."""
    spec = importlib.util.find_spec("virtualenv")
    package = Path(spec.origin).parent if spec and spec.origin else None
    marks = [Path(interpreter), *([package / "version.py"] if package else [])]
    parts = [f"{path} {(found := path.stat()).st_mtime_ns} {found.st_size}" for path in marks]
    return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()[:24]
