"""Asks the interpreter that it runs on, 2.7 and later, for the names of its standard library.

Reads ``{"submodules": [...], "skip": [...], "ask": [...]}`` as JSON from stdin. The last line of
stdout is ``{"version", "include", "modules", "names", "has"}``: the public ``module.name`` that
``dir`` lists, and which of ``ask`` are there, also where only a module's ``__getattr__`` knows.
``cpython_removals.py`` runs it; standard library and type comments only, for 2.7.
"""

# 2.7 has neither annotations nor pathlib.
# ruff: noqa: ANN001, ANN201, PTH118, PTH120

import json
import os
import pkgutil
import sys
import sysconfig
import types
import warnings


def main():
    # type: () -> None
    """Answer the question on stdin."""
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    modules = [] if asked["ask"] else loaded(asked["submodules"], set(asked["skip"]))
    answer = {
        "version": list(sys.version_info[:3]),
        "include": sysconfig.get_paths()["include"],
        "modules": modules,
        "names": sorted(name for module in modules for name in public(module)),
        "has": [name for name in asked["ask"] if has(name)],
    }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


def loaded(submodules, skip):
    # type: (list[str], set[str]) -> list[str]
    """The public modules that can be imported here, and those of ``submodules``."""
    known = getattr(sys, "stdlib_module_names", None) or found()
    wanted = [name for name in known if not name.startswith(("_", "test"))]
    wanted += ["__future__", "_strptime"]
    return [name for name in sorted(set(wanted + submodules) - skip) if imported(name)]


def found():
    # type: () -> set[str]
    """Top-level modules, for interpreters before 3.10 that do not list them."""
    library = os.path.dirname(os.__file__)
    places = [library, os.path.join(library, "lib-dynload")]
    return {item[1] for item in pkgutil.iter_modules(places)} | set(sys.builtin_module_names)


def imported(module):
    # type: (str) -> bool
    """Whether the module can be imported; some end the process or raise what they like."""
    try:
        __import__(module)
    except BaseException:
        return False
    return module in sys.modules


def public(module):
    # type: (str) -> list[str]
    """The ``module.name`` of what a module has, without the modules that it imports itself."""
    there = sys.modules[module]
    return [
        module + "." + name
        for name in dir(there)
        if not name.startswith("_")
        and (module == "os" or not isinstance(getattr(there, name, None), types.ModuleType))
    ]


def has(name):
    # type: (str) -> bool
    """Whether ``module.name`` is an attribute or a module."""
    module, _, attribute = name.rpartition(".")
    return imported(module) and (hasattr(sys.modules[module], attribute) or imported(name))


if __name__ == "__main__":
    main()
