"""Runs real frontends on the target, without and with a recipe, in the words of the recipe."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from buildscope.environments.environ import DROPPED
from buildscope.environments.install_uv import uv_program
from buildscope.errors import BuildscopeError, Cancelled
from buildscope.journal.redact import Redactor
from buildscope.journal.spool import Spool
from buildscope.model.recipe import Cured, Recipe
from buildscope.model.target import Target
from buildscope.process.run import run
from buildscope.recipes.build import build_steps
from buildscope.recipes.pip import WHEELS, pip_steps
from buildscope.recipes.plan import make_plan
from buildscope.recipes.uv import uv_steps
from buildscope.reports.sanitize import plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildscope.model.recipe import Frontend
    from buildscope.model.run import SessionRecord
    from buildscope.process.stop import Stop
    from buildscope.recipes.plan import Plan

TIMEOUT: Final = 1800.0
"""Seconds that one run of a frontend may take."""
_TELLING = re.compile(r"^\s*(?:[A-Za-z_.]*(?:Error|Exception)\b.*|(?:ERROR|error):? .*)$")
_STEERING: Final = frozenset(
    f"{tool}_{name}"
    for tool in ("PIP", "UV")
    for name in ("CONSTRAINT", "BUILD_CONSTRAINT", "TARGET", "PREFIX", "USER", "OVERRIDE")
)
"""Variables that would change what is built, or where to (design, section 4)."""
_ASKED: Final = (
    *("python", "isolation", "extra", "constraints", "env", "config_settings"),
    *("exclude_newer", "find_links", "index_url", "extra_index_url"),
)
_WINDOWS: Final = sys.platform == "win32"


def verify_with(
    record: SessionRecord,
    recipe: Recipe,
    frontends: Iterable[Frontend],
    *,
    environ: Mapping[str, str],
    work: Path,
    stop: Stop,
) -> Iterator[Cured]:
    """What each frontend does with the target as published, and what with ``recipe``.

    As published means: with the settings of the first attempt. The recipe's own commands are
    run by ``sh``, in fresh directories below ``work`` and with caches of their own, so that
    no earlier build hides a failure. Raises ``Cancelled`` when ``stop`` was requested.
    """
    plan = _in_copy(make_plan(record, recipe))
    before = _in_copy(make_plan(record, as_published(record)))
    for frontend in frontends:
        stop.check()
        if shutil.which("sh", path=environ.get("PATH")) is None:
            yield Cured(frontend, "", None, None, "its commands need sh, which is not here")
            continue
        bench = _Bench(frontend, work / frontend, record, environ, stop)
        try:
            fine, _ = bench.build(before, "before")
            stop.check()
            cured, said = bench.build(plan, "after")
            stop.check()
        except Cancelled:
            raise
        except BuildscopeError as error:
            yield Cured(frontend, "", None, None, str(error))
        else:
            yield Cured(frontend, bench.version(), fine, cured, "" if cured else said)


def as_published(record: SessionRecord) -> Recipe:
    """What the user asked for in the first place, as a recipe."""
    first = record.attempts[0]
    asked = {name: getattr(first.settings, name) for name in _ASKED}
    return Recipe(proven=False, attempt=first.id, **asked)


@dataclass
class _Bench:
    """The places of one frontend's two runs."""

    frontend: Frontend
    work: Path
    record: SessionRecord
    environ: Mapping[str, str]
    stop: Stop

    def build(self, plan: Plan, name: str) -> tuple[bool, str]:
        """Whether a wheel was made, and the last line that tells of an error."""
        place = self.work / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, mode=0o700)
        tools = self._tools(plan, place)
        source = _archive(self.record)
        if source is not None:
            _put(source, place, plan)
        steps = [step for step in _STEPS[self.frontend](plan) if not step.startswith("curl ")]
        script = place / "recipe.sh"
        script.write_text("set -e\n" + "\n".join(steps) + "\n", "utf-8")
        code, output = self._run(["sh", str(script)], place, self._environ(tools))
        return code and _made(place), output

    def version(self) -> str:
        """The frontend's own version."""
        place = self.work / "after"
        commands = {
            "uv": [uv_program(), "--version"],
            "pip": [str(_python(place / "tools")), "-m", "pip", "--version"],
            "build": [str(_python(place / "tools")), "-m", "build", "--version"],
        }
        _, said = self._run(commands[self.frontend], place, self._environ(place / "tools"))
        found = re.search(r"\d+(?:\.\d+)+", said)
        return found[0] if found else ""

    def _tools(self, plan: Plan, place: Path) -> Path:
        """An environment of the recipe's Python with pip, and ``build`` where it is asked for.

        Raises ``BuildscopeError`` where it cannot be made.
        """
        tools = place / "tools"
        wanted = _interpreter(self.record, plan.recipe)
        commands = [[uv_program(), "venv", "-q", "--seed", "-p", wanted, str(tools)]]
        if self.frontend == "build":
            python = str(_python(tools))
            commands.append([uv_program(), "pip", "install", "-q", "-p", python, "build"])
        for command in commands:
            made, said = self._run(command, place, self._base(place))
            if not made:
                self.stop.check()
                raise BuildscopeError(f"there is no environment for {self.frontend}: {said}")
        return tools

    def _base(self, place: Path) -> dict[str, str]:
        """The caller's environment, with a cache that no other run has built anything into."""
        dropped = DROPPED | _STEERING
        kept = {key: value for key, value in self.environ.items() if key not in dropped}
        cache = str(place / "uv-cache")
        return {**kept, "UV_CACHE_DIR": cache, "PIP_NO_CACHE_DIR": "1", "UV_NO_PROGRESS": "1"}

    def _environ(self, tools: Path) -> dict[str, str]:
        environ = self._base(tools.parent)
        uv = str(Path(uv_program()).parent)
        folders = [str(_python(tools).parent), environ.get("PATH", ""), uv]
        return {**environ, "PATH": (";" if _WINDOWS else ":").join(folders)}

    def _run(self, command: list[str], cwd: Path, environ: Mapping[str, str]) -> tuple[bool, str]:
        shutil.rmtree(cwd / "output", ignore_errors=True)
        spool = Spool(cwd / "output", Redactor(environ))
        try:
            ended = run(command, cwd=cwd, env=environ, spool=spool, stop=self.stop, timeout=TIMEOUT)
        finally:
            spool.close()
        return ended.ok, _last_telling(cwd / "output")


def _pip_wheel(plan: Plan) -> Iterator[str]:
    return pip_steps(plan, "wheel")


def _uv_target(plan: Plan) -> Iterator[str]:
    return uv_steps(plan, "pip", "install", "--no-deps", "--target", "made")


_STEPS: Final = {"uv": _uv_target, "pip": _pip_wheel, "build": build_steps}


def _made(place: Path) -> bool:
    """Whether there is a wheel, or what was installed from one."""
    wheels = [*place.glob(f"{WHEELS}/*.whl"), *place.glob("dist/*.whl")]
    return bool(wheels) or any(place.glob("made/*.dist-info"))


def _in_copy(plan: Plan) -> Plan:
    """A directory is built in a copy, so that nothing is left in the user's own."""
    if plan.target.kind != "directory":
        return plan
    copy = Target(text="./source", kind="directory", path="./source")
    return msgspec.structs.replace(plan, target=copy)


def _archive(record: SessionRecord) -> Path | None:
    """The source as it was obtained, which a retry starts from."""
    source = record.attempts[0].source
    return Path(source.archive) if source is not None and source.archive is not None else None


def _put(source: Path, place: Path, plan: Plan) -> None:
    """What was obtained, where the recipe's own download would put it."""
    if source.is_dir():
        shutil.copytree(source, place / "source", symlinks=True)
    elif plan.filename:
        shutil.copyfile(source, place / plan.filename)


def _interpreter(record: SessionRecord, recipe: Recipe) -> str:
    """That of the attempt which the recipe is of, else of the first one."""
    interpreter = record.attempt(recipe.attempt or 1).interpreter
    return interpreter.path if interpreter is not None else sys.executable


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if _WINDOWS else "bin/python")


def _last_telling(output: Path) -> str:
    lines: list[str] = []
    for name in ("stdout", "stderr"):
        lines += (output / name).read_text("utf-8", "replace").splitlines()
    told = [line for line in lines if _TELLING.match(line)]
    return plain_line((told or lines or [""])[-1])[:300]
