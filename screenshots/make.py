"""``python -m screenshots.make``: take every picture anew, each of a real build in the real debugger.

Run it with a Python that lies outside of the home directory (the Environment tab shows where it
is), with buildscope installed, an index in reach, a C compiler, ``rsvg-convert`` and the font
DejaVu Sans Mono. A picture that would show whose machine it was taken on is refused.
"""

from __future__ import annotations

import asyncio
import getpass
import html
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from buildscope.configuration.index import index_configuration
from buildscope.model.settings import Settings
from buildscope.phases.gate import Gate
from buildscope.session.runner import Runner
from buildscope.session.session import Session
from buildscope.tui.app import BuildscopeApp
from buildscope.tui.home import HomeApp
from buildscope.tui.look import Look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from textual.pilot import Pilot

    from buildscope.tui.base import BaseApp

HERE = Path(__file__).resolve().parent
NARROW, NORMAL, WIDE = (80, 24), (120, 36), (200, 50)
LOOKS, LOOK_SECONDS = 12_000, 0.05
FONT = '"DejaVu Sans Mono", Menlo, Consolas, monospace'
WIDEST_PNG = 1500
FULL_PANE = 20
LEFT_OUT = ("NO_COLOR", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""Variables that would change what a picture shows."""
KEY_OF = {"<": "less_than_sign", "-": "minus", " ": "space"}


def main() -> None:
    """Take all pictures."""
    if shutil.which("rsvg-convert") is None:
        sys.exit(
            "rsvg-convert is missing: install librsvg (librsvg2-bin, librsvg2-tools), then again"
        )
    for name in LEFT_OUT:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="buildscope-") as directory:
        asyncio.run(take_all(Path(directory)))


async def take_all(directory: Path) -> None:
    await failed(directory)
    await running(directory)
    await built(directory)
    await searched(directory)
    await warned(directory)
    await paused(directory)
    await looked_into(directory)
    await silent(directory)
    await home(directory)


async def failed(directory: Path) -> None:
    """A requirement that nothing declares, in three sizes; the line for a retry; the frame."""
    with started(directory, "flash-attn==2.5.0") as runner:
        for size in (NARROW, NORMAL, WIDE):
            async with opened(runner, size) as screen:
                await screen.ended("failed")
                screen.keep("failed")
                if size == NORMAL:
                    await screen.press("a", *"packaging")
                    screen.keep("retry")
                    await screen.press("escape")
        async with opened(runner, NORMAL) as screen:
            await screen.press("d")
            await screen.typed("[name for name in dir() if name.startswith('find')]")
            await screen.typed("sys.version_info[:2], Path('csrc').is_dir()")
            await screen.typed("import torch")
            screen.keep("frame")


async def running(directory: Path) -> None:
    """A build of C while it runs, with a pane full of output."""
    with started(directory, "simplejson==3.20.1") as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.until(screen.shows_output_of_build_wheel)
            await screen.settled()
            await screen.until(screen.shows_output_of_build_wheel)
            screen.keep("running")
            await screen.ended("built")


async def built(directory: Path) -> None:
    """An option that a newer backend removed, cured by a constraint typed into the retry line."""
    with started(directory, "demjson==2.2.4") as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.ended("failed")
            await screen.press("r", *"setuptools<58", "enter")
            await screen.ended("built")
            screen.keep("built")
            await screen.press("E")
            screen.keep("environment")
            await screen.press("equals_sign")
            screen.keep("compare")
            await screen.press("escape", "f2")
            screen.keep("settings")
            await screen.press("escape", "T")


async def searched(directory: Path) -> None:
    """A search while it makes its cure minimal, and the recipe that it ends with."""
    with started(directory, "MarkupSafe==1.0") as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.ended("failed")
            await screen.press("f")
            await screen.until(screen.shows_a_third_trial)
            screen.keep("searching")
            await screen.ended("built")
            screen.keep("proven")


async def warned(directory: Path) -> None:
    """A wheel that is made but wrong, since the backend was not asked what it needs."""
    project = _copied("odoo_addon", directory)
    settings = Settings(constraints=("setuptools<82",), skip=("get_requires",), copy=True)
    with started(directory, f"./{project.name}", settings) as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.ended("built")
            screen.keep("warned")


async def paused(directory: Path) -> None:
    """The debugger stands before the first hook, then continues."""
    gate = Gate(before={"get_requires", "build_wheel"})
    with started(directory, "flash-attn==2.5.0", gate=gate) as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.until(lambda: gate.waiting is not None)
            await screen.settled()
            screen.keep("paused")
            await screen.press("c")
            await screen.ended("failed")


async def home(directory: Path) -> None:
    """What a bare ``buildscope`` opens."""
    project = directory / "odoo_addon"
    environ = {**_environ(directory), "TERM": "xterm-256color"}
    app = HomeApp(cwd=project, environ=environ, look=Look(), encoding="utf-8")
    app.theme = "buildscope"
    async with app.run_test(size=NORMAL) as pilot:
        await pilot.pause()
        keep("home", app)


async def looked_into(directory: Path) -> None:
    """What a compiler was told, and by which line of ``setup.py``."""
    project = _copied("c_extension", directory)
    with started(directory, f"./{project.name}", Settings(copy=True)) as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.ended("failed")
            await screen.press("D", "G", "enter", "g")
            screen.keep("did")


async def silent(directory: Path) -> None:
    """Where a hook stands that has said nothing for a while."""
    project = _copied("hanging", directory)
    settings = Settings(copy=True, config_settings={"hang": "process"})
    with started(directory, f"./{project.name}", settings) as runner:
        async with opened(runner, NORMAL) as screen:
            await screen.until(lambda: screen.app.main.scene.live.stand is not None)
            await screen.press("T")
            screen.keep("silent")


def _copied(name: str, directory: Path) -> Path:
    """A sample project of the tests where a user could have it."""
    target = directory / name
    return Path(shutil.copytree(HERE.parent / "tests" / "projects" / name, target))


@contextmanager
def started(
    directory: Path, target: str, settings: Settings | None = None, gate: Gate | None = None
) -> Iterator[Runner]:
    """A first attempt on ``target`` that has begun; ended and closed in the end."""
    session = Session.create(
        target, environ=_environ(directory), cwd=directory, gate=gate, hold=True
    )
    runner = Runner(session)
    try:
        runner.start(settings or Settings())
        yield runner
    finally:
        runner.stop("all pictures are taken")
        runner.join()
        session.close()


def _environ(directory: Path) -> dict[str, str]:
    places = {
        f"BUILDSCOPE_{kind.upper()}_DIR": str(directory / kind) for kind in ("state", "cache")
    }
    return {**os.environ, **places}


@asynccontextmanager
async def opened(runner: Runner, size: tuple[int, int]) -> AsyncIterator[Screen]:
    """The debugger on what ``runner`` does, headless, in true colour."""
    app = BuildscopeApp(runner, environ={"TERM": "xterm-256color"}, encoding="utf-8")
    app.theme = "buildscope"
    async with app.run_test(size=size) as pilot:
        screen = Screen(app, pilot)
        await screen.settled()
        yield screen


class Screen:
    """What the photographer does with the debugger: press, wait, keep."""

    def __init__(self, app: BuildscopeApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for all that they cause."""
        for key in keys:
            await self.pilot.press(KEY_OF.get(key, key))
            await self.settled()

    async def typed(self, line: str) -> None:
        """Type a line at a prompt, and wait for its answer."""
        for character in line:
            await self.pilot.press(character)
        await self.press("enter")

    async def settled(self) -> None:
        """Let the screen take in the newest events and finish its workers."""
        self.app.main.tick()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the screen is as told; what runs is looked at every so often."""
        for _ in range(LOOKS):
            if condition():
                return
            await asyncio.to_thread(self.app.runner.join, LOOK_SECONDS)
            await self.settled()
        raise TimeoutError(f"the screen stayed in the state {self.app.main.scene.state!r}")

    async def ended(self, outcome: str) -> None:
        """Wait for the end of what runs, which must be the one expected."""
        await self.until(lambda: not self.app.runner.running)
        await self.settled()
        await self.settled()
        attempt = self.app.main.scene.attempt
        if attempt is None or attempt.outcome != outcome:
            raise RuntimeError(
                f"{self.app.runner.session.target.text} was to end {outcome}, and did not: {attempt}"
            )

    def shows_output_of_build_wheel(self) -> bool:
        """Whether that hook runs and the newest of many lines is in view."""
        main = self.app.main
        if not self.app.runner.running:
            raise RuntimeError("the build ended before its picture was taken: run this again")
        run, count = main.scene.run, main.output.known_lines
        if run is None or run.name != "build_wheel" or run.status != "running":
            return False
        return count > FULL_PANE and main.output.in_view(count - 1)

    def shows_a_third_trial(self) -> bool:
        """Whether a search has come so far that its table has rows."""
        record = self.app.main.scene.record
        search = record.search if record is not None else None
        return search is not None and len(search.trials) > 2

    def keep(self, name: str) -> None:
        """Write the picture as SVG and as PNG."""
        keep(name, self.app)


def keep(name: str, app: BaseApp[Any]) -> None:
    """Write what ``app`` shows as SVG and as PNG."""
    width, height = app.size
    svg = HERE / f"{name}-{width}x{height}.svg"
    picture = self_contained(app.export_screenshot())
    refuse_private(picture, svg.name)
    svg.write_text(picture, encoding="utf-8")
    convert(svg)
    print(svg.relative_to(HERE.parent))


def self_contained(svg: str) -> str:
    """Fetch no font from elsewhere, take those that terminals have, and keep every space."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {FONT}")
    svg = svg.replace("font-family: arial", "font-family: sans-serif")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)  # librsvg trims spaces without
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def refuse_private(svg: str, name: str) -> None:
    """Raise ``ValueError`` for what belongs to this machine and not into a repository."""
    configuration = index_configuration(Settings(), os.environ)
    urls = (*configuration.index_urls, *configuration.find_links)
    private = {str(Path.home()), str(HERE.parent), getpass.getuser(), platform.node()}
    private |= {urlsplit(url).hostname or url for url in urls if url}
    text = html.unescape(svg)
    found = [one for one in private if one and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]
    if found:
        raise ValueError(f"{name} would show {', '.join(found)}")


def convert(svg: Path) -> None:
    """Make the PNG beside an SVG, in its own size where that is not too wide."""
    natural = re.search(r'viewBox="0 0 (\d+)', svg.read_text(encoding="utf-8"))
    assert natural is not None
    width = min(WIDEST_PNG, int(natural[1]))
    png = svg.with_suffix(".png")
    subprocess.run(["rsvg-convert", "--width", str(width), "--output", png, svg], check=True)


if __name__ == "__main__":
    main()
