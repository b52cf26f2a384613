"""Installs with a pip of the interpreter's age that lives outside the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from buildscope.configuration.locations import is_local
from buildscope.configuration.moments import uploaded_prior_to
from buildscope.environments.environ import installer_environ
from buildscope.environments.pip_program import pip_program
from buildscope.environments.request import request_files
from buildscope.errors import PhaseError, UsageError
from buildscope.process.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from buildscope.environments.pip_program import PipProgram
    from buildscope.environments.request import Request, RequestFiles
    from buildscope.journal.spool import Spool
    from buildscope.model.settings import Settings
    from buildscope.process.ended import Ended
    from buildscope.process.stop import Stop

BUILD_CONSTRAINT_SINCE = "25.3"
UPLOADED_PRIOR_TO_SINCE = "26.0"
ROOT_USER_ACTION_SINCE = "22.1"
INDEX, EXTRAS, LINKS = "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"


def pip_install(
    request: Request,
    *,
    cache: Path,
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
    report: Path | None = None,
) -> Ended:
    """Run ``pip install`` with the request's interpreter in ``cwd``.

    With ``report`` nothing is installed, and what would be is written there (pip 22.2).
    Offline, pip has no cache to resolve from: only find-links and indexes on disk are left.
    Raises ``UsageError`` for a date that this pip cannot honour, ``PhaseError`` when there
    is no pip, or offline a requirement is a URL on the network.
    """
    pip = pip_program(request, cache=cache, cwd=cwd, spool=spool, stop=stop, environ=environ)
    if request.settings.offline:
        _refuse_network(request.requirements)
    with request_files(request, cwd) as files:
        command = pip_command(request, files, pip)
        env = installer_environ(request.settings, environ)
        _limit_sources(request.settings, env, spool)
        if report is not None:
            command += ["--dry-run", "--quiet", "--report", str(report)]
        if report is not None or request.target is not None:
            env["PYTHONDONTWRITEBYTECODE"] = "1"  # the interpreter is the user's
        else:
            env.pop("PYTHONDONTWRITEBYTECODE", None)
        if files.build_constraints is not None and not pip.at_least(BUILD_CONSTRAINT_SINCE):
            env["PIP_CONSTRAINT"] = str(files.build_constraints)
        return run(command, cwd=cwd, env=env, spool=spool, stop=stop)


def pip_command(request: Request, files: RequestFiles, pip: PipProgram) -> list[str]:
    """The command line without the index; requirements and constraints are in files."""
    settings = request.settings
    command = [request.python, pip.path, "install", "--progress-bar", "off"]
    command += ["--no-compile", "--no-warn-script-location"]
    if pip.at_least(ROOT_USER_ACTION_SINCE):
        command.append("--root-user-action=ignore")
    command += ["--requirement", str(files.requirements)]
    if files.constraints is not None:
        command += ["--constraint", str(files.constraints)]
    if files.build_constraints is not None and pip.at_least(BUILD_CONSTRAINT_SINCE):
        command += ["--build-constraint", str(files.build_constraints)]
    if request.target is not None:
        command += ["--target", request.target]
    if request.no_deps:
        command.append("--no-deps")
    if settings.exclude_newer is not None:
        if not pip.at_least(UPLOADED_PRIOR_TO_SINCE):
            raise UsageError(
                f"pip {pip.version}, the newest for Python {request.python_version}, cannot "
                "leave out what was uploaded after a date",
                hint="use --installer uv, or leave --exclude-newer out",
            )
        command += ["--uploaded-prior-to", uploaded_prior_to(settings.exclude_newer)]
    return command


def _limit_sources(settings: Settings, env: dict[str, str], spool: Spool) -> None:
    """Take out of ``env`` the places that offline, or with a cut-off date, cannot be asked."""
    if settings.offline:
        _only_local(env)
    elif settings.exclude_newer is not None:
        _only_dated(env, spool)


def _only_dated(env: dict[str, str], spool: Spool) -> None:
    """Leave out further indexes on disk: pip takes all of their files, for they have no upload time."""
    extras = env.pop(EXTRAS, "").split()
    if left_out := list(filter(is_local, extras)):
        note = f"left out, because its files have no upload time: {', '.join(left_out)}\n"
        spool.write("stderr", note.encode())
    _say(env, EXTRAS, [url for url in extras if not is_local(url)])


def _only_local(env: dict[str, str]) -> None:
    urls = [*env.pop(INDEX, "").split(), *env.pop(EXTRAS, "").split()]
    first, *rest = [*filter(is_local, urls), ""]
    _say(env, INDEX, [first])
    _say(env, EXTRAS, rest)
    _say(env, LINKS, filter(is_local, env.pop(LINKS, "").split()))
    if not first:
        env["PIP_NO_INDEX"] = "1"


def _say(env: dict[str, str], name: str, values: Iterable[str]) -> None:
    if text := " ".join(values).strip():
        env[name] = text


def _refuse_network(requirements: Iterable[str]) -> None:
    for text in requirements:
        try:
            url = Requirement(text).url
        except InvalidRequirement:
            continue
        if url is not None and not is_local(url):
            raise PhaseError(
                f"{text} is on the network, and --offline was given",
                cause="download",
                hint="leave --offline out, or name a file",
            )
