"""What of the caller's environment reaches installers and hooks (design, section 4).

Of ``PIP_*`` and ``UV_*`` only what says where distributions come from and how to get there
passes, a list of names: a variable that a later release invents does not change a build.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.configuration.files import read_user_files
from buildscope.configuration.index import index_configuration
from buildscope.configuration.kept import PIP_KEPT, pip_variable
from buildscope.environments.index import with_index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildscope.configuration.files import UserFiles
    from buildscope.configuration.index import IndexConfiguration
    from buildscope.environments.model import BuildEnvironment
    from buildscope.model.settings import Settings

DROPPED = frozenset(
    {
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSAFEPATH",
        "PYTHONWARNINGS",
        "PYTHONPYCACHEPREFIX",
        "PYTHONINSPECT",
        "PYTHONPLATLIBDIR",
        "PYTHONEXECUTABLE",
        "__PYVENV_LAUNCHER__",
        "VIRTUAL_ENV",
        "VIRTUAL_ENV_PROMPT",
    }
)
"""Variables of the caller that no hook sees."""
_DROPPED_PREFIXES = ("PEP517_", "_PYPROJECT_HOOKS_", "VIRTUALENV_", "_PIP_", "UV_INTERNAL__")
_PIP_KEPT = frozenset(map(pip_variable, PIP_KEPT)) | {
    "PIP_CONFIG_FILE",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_INPUT",
}
_UV_KEPT = frozenset(
    {
        "UV_AZURE_ENDPOINT_URL",
        "UV_CACHE_DIR",
        "UV_CONCURRENT_BUILDS",
        "UV_CONCURRENT_DOWNLOADS",
        "UV_CONCURRENT_INSTALLS",
        "UV_CONFIG_FILE",
        "UV_CREDENTIALS_DIR",
        "UV_DEFAULT_INDEX",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "UV_GCS_ENDPOINT_URL",
        "UV_GIT_LFS",
        "UV_GITHUB_TOKEN",
        "UV_HTTP_CONNECT_TIMEOUT",
        "UV_HTTP_RETRIES",
        "UV_HTTP_TIMEOUT",
        "UV_INDEX",
        "UV_INDEX_STRATEGY",
        "UV_INDEX_URL",
        "UV_INSECURE_HOST",
        "UV_INSECURE_NO_ZIP_VALIDATION",
        "UV_KEYRING_PROVIDER",
        "UV_LOCK_TIMEOUT",
        "UV_NATIVE_TLS",
        "UV_NO_CACHE",
        "UV_NO_CONFIG",
        "UV_NO_HF_TOKEN",
        "UV_NO_INDEX",
        "UV_OFFLINE",
        "UV_REQUEST_TIMEOUT",
        "UV_S3_ENDPOINT_URL",
        "UV_STACK_SIZE",
        "UV_SYSTEM_CERTS",
    }
)
_UV_INDEX_CREDENTIAL = re.compile(r"UV_INDEX_\w+_(USERNAME|PASSWORD)")


def installer_environ(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    user: UserFiles | None = None,
    index: IndexConfiguration | None = None,
) -> dict[str, str]:
    """The environment of pip and uv; ``settings.env`` counts above all, for nested builds.

    pip's configuration files may also say what is installed and where, so pip reads none of
    them; what is kept of them comes as variables, as do the indexes. ``user`` and ``index``
    are read where they are not given. Raises ``UsageError`` for a configuration that cannot
    be read.
    """
    user = read_user_files(environ) if user is None else user
    index = index_configuration(settings, environ, user=user) if index is None else index
    kept = kept_environ(environ)
    for option, value in user.pip.items():
        if option in PIP_KEPT and value and not kept.get(pip_variable(option)):
            kept[pip_variable(option)] = value
    kept.update(PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    return {**with_index(kept, index, settings.installer), **settings.env}


def hook_environ(
    environment: BuildEnvironment,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    pycache: Path | None = None,
) -> dict[str, str]:
    """The whole environment of a hook; ``settings.env`` counts above the caller's.

    ``PATH`` begins with the build environment's programs (a layer's before them).
    ``pycache`` is where bytecode goes with isolation off, so that nothing is written into
    the user's environment (without it, none is written at all).
    """
    found = {**kept_environ(environ), **settings.env}
    scripts = [*_layer_scripts(environment.layer), environment.scripts]
    rest = [found["PATH"]] if found.get("PATH") else [os.defpath]
    found["PATH"] = os.pathsep.join(dict.fromkeys([*scripts, *rest]))
    if environment.isolated or Path(environment.path, "pyvenv.cfg").exists():
        found.setdefault("VIRTUAL_ENV", environment.path)
    if environment.layer is not None:
        paths = [environment.layer, *filter(None, [settings.env.get("PYTHONPATH")])]
        found["PYTHONPATH"] = os.pathsep.join(paths)
    if not environment.isolated:
        if pycache is None:
            found["PYTHONDONTWRITEBYTECODE"] = "1"
        else:
            found.setdefault("PYTHONPYCACHEPREFIX", str(pycache))
    return found


def kept_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of the caller that may reach an installer or a hook."""
    return {name: value for name, value in environ.items() if _passes(name)}


def _passes(name: str) -> bool:
    if name.startswith("PIP_"):
        return name in _PIP_KEPT
    if name.startswith("UV_"):
        return name in _UV_KEPT or _UV_INDEX_CREDENTIAL.fullmatch(name) is not None
    return name not in DROPPED and not name.startswith(_DROPPED_PREFIXES)


def _layer_scripts(layer: str | None) -> list[str]:
    """Where a layer's programs are: pip and uv put them into ``bin``, on Windows also into ``Scripts``."""
    if layer is None:
        return []
    return [str(path) for name in ("bin", "Scripts") if (path := Path(layer, name)).is_dir()]
