"""What the machine needs, in the words of its package managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildscope.model.recipe import Recipe

_COMMANDS: Final = (
    ("apt", "sudo apt-get install"),
    ("dnf", "sudo dnf install"),
    ("brew", "brew install"),
)


def debian_packages(recipe: Recipe) -> tuple[str, ...]:
    """Names for ``apt-get install``."""
    return _packages(recipe, "apt")


def system_lines(recipe: Recipe) -> Iterator[str]:
    """What is needed, then a command for each package manager that has all of it."""
    for need in recipe.system:
        yield f"# the {need.kind} {need.name}"
    for manager, command in _COMMANDS:
        names = _packages(recipe, manager)
        if names:
            yield f"{command} {' '.join(names)}"


def _packages(recipe: Recipe, manager: str) -> tuple[str, ...]:
    found = (getattr(need, manager) for need in recipe.system)
    return tuple(dict.fromkeys(name for name in found if name))
