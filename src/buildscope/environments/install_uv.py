"""Installs with uv, the program of the ``uv`` package."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from buildscope.configuration.files import read_user_files
from buildscope.configuration.index import index_configuration
from buildscope.configuration.kept import kept_uv
from buildscope.configuration.moments import uploaded_prior_to
from buildscope.environments.environ import installer_environ, kept_environ
from buildscope.environments.request import all_pinned, request_files
from buildscope.errors import BuildscopeError
from buildscope.journal.spool import Spool
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
    user = read_user_files(environ)
    index = index_configuration(request.settings, environ, user=user)
    with request_files(request, cwd) as files:
        command = uv_command(request, files)
        if index.no_index:
            command.append("--no-index")
        env = installer_environ(request.settings, environ, user=user, index=index)
        env.update(_uv_file(files, kept_uv(user.uv, indexes=index.program != "pip")))
        if offline_first and not request.settings.offline and all_pinned(request):
            held = _HeldOutput()
            ended = run([*command, "--offline"], cwd=cwd, env=env, spool=held, stop=stop)
            if ended.ok or ended.stopped:
                held.release(spool)
                return ended
            spool.write("stderr", NOT_CACHED)
        return run(command, cwd=cwd, env=env, spool=spool, stop=stop)


def uv_command(request: Request, files: RequestFiles) -> list[str]:
    """The command line without indexes; requirements and constraints are in files."""
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
        command += ["--exclude-newer", uploaded_prior_to(settings.exclude_newer)]
    if settings.offline:
        command.append("--offline")
    return command


def _uv_file(files: RequestFiles, text: str | None) -> dict[str, str]:
    """The variable that has uv read ``text`` in place of the user's ``uv.toml``."""
    if text is None:
        return {}
    kept = files.directory / "uv.toml"
    kept.touch(mode=0o600)
    kept.write_text(text, "utf-8")
    return {"UV_CONFIG_FILE": str(kept)}


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
        env=kept_environ(environ),
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
