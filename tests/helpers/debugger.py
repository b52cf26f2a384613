"""The debugger on a fake session in a real terminal: ``python debugger.py DIRECTORY HOW``.

``HOW`` is ``failed``, ``running``, ``crash`` (of the screen) or ``fault`` (of the engine).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from buildscope.model.settings import Settings
from buildscope.session.runner import Runner
from buildscope.tui import run_app
from tests.helpers.fake_session import FakeSession

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.process.stop import Stop


class Story(FakeSession):
    """Tells itself when it is run."""

    def __init__(self, directory: Path, how: str) -> None:
        super().__init__(directory)
        self.how = how

    def run(self, settings: Settings, stop: Stop) -> Attempt:
        if self.how == "running":
            self.flash_attn_fails()
            self.compiles()
            return super().run(settings, stop)
        if self.how == "fault":
            self.started()
            raise RuntimeError("the engine broke")
        self.flash_attn_fails()
        return self.record.attempts[0]


def main() -> int:
    assert "textual" not in sys.modules
    directory, how = Path(sys.argv[1]), sys.argv[2]
    session = Story(directory, how)
    runner = Runner(session)
    runner.start(Settings())
    if how == "crash":
        from buildscope.tui.screens.stage import Stage

        def broken(_stage: Stage) -> None:
            raise ValueError("the screen broke [/red]")

        Stage.redraw = broken  # type: ignore[method-assign,assignment]
    code = run_app(runner)
    session.close()
    sys.stdout.write(f"exit code {code}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
