"""A backend that runs ``setup.py`` as setuptools does."""

from __future__ import annotations

import os
import tokenize


def run_setup(setup_script="setup.py"):
    __file__ = os.path.abspath(setup_script)
    __name__ = "__main__"
    with tokenize.open(__file__) as f:
        code = f.read().replace(r"\r\n", r"\n")
    exec(code, locals())


def get_requires_for_build_wheel(config_settings=None):
    os.environ["WAY"] = (config_settings or {}).get("way", "")
    run_setup()
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return "made-1-py3-none-any.whl"
