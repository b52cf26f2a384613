"""The environment of an attempt, made in the background while earlier phases run."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildscope.environments.model import BuildEnvironment


class PreparedEnvironment:
    """Calls ``make`` in a thread of its own at once; ``result`` waits for it.

    ``then`` is called with what was made, in the same thread, and nobody waits for it but
    ``wait``. Only the creation may overlap other phases: it neither runs the target's code nor needs
    anything of it.
    """

    def __init__(
        self,
        make: Callable[[], BuildEnvironment],
        then: Callable[[BuildEnvironment], None] = lambda _: None,
    ) -> None:
        self._future: Future[BuildEnvironment] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(make, then), name="environment", daemon=True
        )
        self._thread.start()

    def result(self) -> BuildEnvironment:
        """The environment, or the error that making it raised."""
        return self._future.result()

    def wait(self) -> None:
        """Return when the thread has ended, whatever came of it."""
        self._thread.join()

    def _run(
        self, make: Callable[[], BuildEnvironment], then: Callable[[BuildEnvironment], None]
    ) -> None:
        try:
            made = make()
        except BaseException as error:  # handed to the thread that asks for the result
            self._future.set_exception(error)
        else:
            self._future.set_result(made)
            then(made)
