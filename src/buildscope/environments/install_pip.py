"""Installs with a pip of the interpreter's age that lives outside the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from buildscope.environments.environ import installer_environ
from buildscope.environments.pip_program import pip_program
from buildscope.environments.request import cutoff, request_files
from buildscope.errors import PhaseError, UsageError
from buildscope.process.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from buildscope.environments.index import IndexArguments
    from buildscope.environments.pip_program import PipProgram
    from buildscope.environments.request import Request, RequestFiles
    from buildscope.journal.spool import Spool
    from buildscope.process.ended import Ended
    from buildscope.process.stop import Stop

BUILD_CONSTRAINT_SINCE = "25.3"
UPLOADED_PRIOR_TO_SINCE = "26.0"
ROOT_USER_ACTION_SINCE = "22.1"


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
        command += _index_options(request, env, spool)
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
        command += ["--uploaded-prior-to", cutoff(settings.exclude_newer)]
    return command


def _index_options(request: Request, env: dict[str, str], spool: Spool) -> list[str]:
    index = request.index
    if request.settings.offline:
        return _offline_options(index, env)
    if request.settings.exclude_newer is not None:
        index = _only_dated(index, env, spool)
    options = ["--index-url", index.index_url] if index.index_url else []
    for url in index.extra_index_urls:
        options += ["--extra-index-url", url]
    for location in index.find_links:
        options += ["--find-links", location]
    return [*options, "--no-index"] if index.no_index else options


def _only_dated(index: IndexArguments, env: dict[str, str], spool: Spool) -> IndexArguments:
    """Leave out indexes on disk: pip takes all of their files, for they have no upload time."""
    extras = env.pop("PIP_EXTRA_INDEX_URL", "").split()
    left_out = [url for url in (*extras, *index.extra_index_urls) if _is_local(url)]
    if left_out:
        note = f"left out, because its files have no upload time: {', '.join(left_out)}\n"
        spool.write("stderr", note.encode())
    kept = [url for url in extras if url not in left_out]
    if kept:
        env["PIP_EXTRA_INDEX_URL"] = " ".join(kept)
    return msgspec.structs.replace(
        index,
        extra_index_urls=tuple(url for url in index.extra_index_urls if url not in left_out),
    )


def _offline_options(index: IndexArguments, env: dict[str, str]) -> list[str]:
    """Only what is on disk; variables that name other places are taken out of ``env``."""
    urls = [index.index_url or env.pop("PIP_INDEX_URL", "")]
    urls += [*index.extra_index_urls, *env.pop("PIP_EXTRA_INDEX_URL", "").split()]
    links = [*index.find_links, *env.pop("PIP_FIND_LINKS", "").split()]
    indexes = [] if index.no_index else [url for url in urls if url and _is_local(url)]
    options = ["--index-url", indexes[0]] if indexes else ["--no-index"]
    for url in indexes[1:]:
        options += ["--extra-index-url", url]
    for link in filter(_is_local, links):
        options += ["--find-links", link]
    return options


def _is_local(location: str) -> bool:
    return "://" not in location or location.startswith("file:")


def _refuse_network(requirements: Iterable[str]) -> None:
    for text in requirements:
        try:
            url = Requirement(text).url
        except InvalidRequirement:
            continue
        if url is not None and not _is_local(url):
            raise PhaseError(
                f"{text} is on the network, and --offline was given",
                cause="download",
                hint="leave --offline out, or name a file",
            )
