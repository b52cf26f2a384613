"""Installs with uv, the program of the ``uv`` package."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from buildscope.environments.environ import installer_environ
from buildscope.environments.request import all_pinned, cutoff, request_files
from buildscope.environments.user_config import kept_uv, uv_table
from buildscope.errors import BuildscopeError
from buildscope.journal.spool import Spool
from buildscope.model.settings import Settings
from buildscope.process.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from buildscope.environments.model import BuildEnvironment
    from buildscope.environments.request import Request, RequestFiles
    from buildscope.model.names import Stream
    from buildscope.process.ended import Ended
    from buildscope.process.stop import Stop

NOT_CACHED = b"not all of it is in the cache: asking the index\n"


def uv_program() -> str:
    """The path of uv; raises ``BuildscopeError`` when its package has none."""
    import uv

    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        raise BuildscopeError(
            f"the program of the uv package is missing: {error}",
            hint="install it again: pip install --force-reinstall uv",
        ) from error


def uv_install(
    request: Request,
    *,
    cwd: Path,
    spool: Spool,
    stop: Stop,
    environ: Mapping[str, str],
    offline_first: bool = False,
) -> Ended:
    """Run ``uv pip install`` in ``cwd``, which belongs to no project.

    With ``offline_first`` the cache is asked alone before the index is, but only where
    ``pins`` names a version for each requirement: offline, uv silently takes an older one
    that it has.
    """
    with request_files(request, cwd) as files:
        command = uv_command(request, files)
        env = _environ(request, files, environ)
        if offline_first and not request.settings.offline and all_pinned(request):
            held = _HeldOutput()
            ended = run([*command, "--offline"], cwd=cwd, env=env, spool=held, stop=stop)
            if ended.ok or ended.stopped:
                held.release(spool)
                return ended
            spool.write("stderr", NOT_CACHED)
        return run(command, cwd=cwd, env=env, spool=spool, stop=stop)


def uv_command(request: Request, files: RequestFiles) -> list[str]:
    """The command line; requirements and constraints are in files."""
    settings = request.settings
    command = [uv_program(), "pip", "install", "--python", request.python]
    command += ["--link-mode", "copy", "--no-progress", "--color", "never"]
    command += ["--requirements", str(files.requirements)]
    if files.constraints is not None:
        command += ["--constraints", str(files.constraints)]
    if files.build_constraints is not None:
        command += ["--build-constraints", str(files.build_constraints)]
    if request.target is not None:
        command += ["--target", request.target]
    if request.no_deps:
        command.append("--no-deps")
    if settings.exclude_newer is not None:
        command += ["--exclude-newer", cutoff(settings.exclude_newer)]
    if settings.offline:
        command.append("--offline")
    return command + _index_options(request)


def _index_options(request: Request) -> list[str]:
    index = request.index
    options = ["--default-index", index.index_url] if index.index_url else []
    for url in index.extra_index_urls:
        options += ["--index", url]
    for location in index.find_links:
        options += ["--find-links", location]
    if index.no_index:
        options.append("--no-index")
    if index.best_match:
        options += ["--index-strategy", "unsafe-best-match"]
    return options


def _environ(request: Request, files: RequestFiles, environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's, without what the user's ``uv.toml`` says of versions."""
    found = {**request.index.variables, **installer_environ(request.settings, environ)}
    text = kept_uv(uv_table(environ))
    if text is not None:
        kept = files.directory / "uv.toml"
        kept.write_text(text, "utf-8")
        kept.chmod(0o600)
        found["UV_CONFIG_FILE"] = str(kept)
    return found


def acquaint(env: BuildEnvironment, *, cwd: Path, environ: Mapping[str, str]) -> None:
    """Let uv ask the interpreter of a new environment what it is.

    uv does that once for each path and remembers the answer (60 ms); called while earlier
    phases run, an installation need not wait for it. Whether it worked does not matter.
    """
    subprocess.run(
        [uv_program(), "pip", "list", "--offline", "--quiet", "--python", env.python],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env=installer_environ(Settings(), environ),
        check=False,
    )


class _HeldOutput(Spool):
    """Output in memory, until it is known whether it counts."""

    def __init__(self) -> None:
        self._chunks: list[tuple[Stream, bytes]] = []

    def write(self, stream: Stream, chunk: bytes) -> None:
        self._chunks.append((stream, chunk))

    def release(self, spool: Spool) -> None:
        """Write all of it to ``spool``."""
        for stream, chunk in self._chunks:
            spool.write(stream, chunk)
