"""Choices that a test wrote down, in place of those of this machine and of an index."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError
from buildscope.model.run import Interpreter
from buildscope.session.choices import Adoptable, Choices, Release
from tests.helpers.waiting import LIMIT

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from buildscope.model.settings import Settings
    from buildscope.process.stop import Stop


def python(version: str) -> Interpreter:
    """An interpreter that is nowhere."""
    return Interpreter(path=f"/usr/bin/python{version}", version=version, implementation="cpython")


def release(
    version: str, day: str = "2020-01-01", *, yanked: bool = False, why_not: str | None = None
) -> Release:
    """A version, uploaded on a day."""
    moment = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    return Release(version=version, uploaded=moment, yanked=yanked, why_not=why_not)


ADOPTABLE = Adoptable(
    path="/ml/.venv",
    interpreter=python("3.11.7"),
    missing=(("setuptools>=40.8.0", "39.0"), ("wheel", None)),
)


class FakeChoices(Choices):
    """``found`` may be an error to raise; ``hold`` is waited for before an answer."""

    def __init__(
        self,
        found: Sequence[Release] | BuildscopeError = (),
        adopted: Adoptable | BuildscopeError = ADOPTABLE,
        hold: threading.Event | None = None,
    ) -> None:
        super().__init__(environ={}, cwd=Path("/"), cache=Path("/"))
        self.found = found
        self.adopted = adopted
        self.hold = hold
        self.asked: list[str] = []
        self.stops: list[Stop] = []

    def interpreters(self) -> tuple[Interpreter, ...]:
        return (python("3.13.1"), python("3.11.7"), python("3.9.20"))

    def adoptable(self, settings: Settings, requires: Sequence[str]) -> Adoptable:
        self.asked.append(f"{settings.python} {settings.isolation} {' '.join(requires)}")
        if isinstance(self.adopted, BuildscopeError):
            raise self.adopted
        return self.adopted

    def releases(
        self, name: str, settings: Settings, python_version: str, stop: Stop
    ) -> tuple[Release, ...]:
        self.asked.append(f"{name} {settings.exclude_newer} {python_version}")
        self.stops.append(stop)
        if self.hold is not None:
            stop.subscribe(self.hold.set)
            assert self.hold.wait(LIMIT)
        stop.check()
        if isinstance(self.found, BuildscopeError):
            raise self.found
        return tuple(self.found)
