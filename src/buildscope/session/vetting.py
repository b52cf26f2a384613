"""Asks the index about the distributions that remedies offer: do they exist, what do they hold."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from buildscope.configuration.index import index_configuration
from buildscope.errors import Cancelled, SourceError, UsageError
from buildscope.process.stop import Stop
from buildscope.session.vetted import Checked, offered, vetted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from buildscope.model.failure import Cause
    from buildscope.model.settings import Settings
    from buildscope.sources.wheels import Offer

SECONDS: Final = 2.0
"""How long all look-ups for one failure may take together."""
OFFLINE: Final = "not checked: offline"
NO_ANSWER: Final = "not checked: the index did not answer"
_AT_ONCE: Final = 8


def vet(
    causes: tuple[Cause, ...],
    settings: Settings,
    *,
    environ: Mapping[str, str],
    cache: Path,
    python_version: str,
    stop: Stop,
) -> tuple[Cause, ...]:
    """``causes`` without remedies that offer what the index does not have, or without the module.

    Sizes of large downloads are told, and a wheel at hand goes before a huge one. Where the
    index cannot be asked, within ``SECONDS``, remedies stay and say so. Never raises.
    """
    wanted = dict.fromkeys(text for cause in causes for text in offered(cause))
    if not wanted:
        return causes
    try:
        configuration = index_configuration(settings, environ)
    except UsageError:
        return causes
    if configuration.offline:
        return vetted(causes, dict.fromkeys(wanted, Checked(why_not=OFFLINE)))
    from buildscope.sources.distributions import Catalogue

    catalogue = Catalogue(
        configuration,
        cache,
        python_version,
        cutoff=settings.exclude_newer,
        constraints=settings.constraints,
    )
    return vetted(causes, check(wanted, catalogue.look_up, stop))


def check(
    requirements: Iterable[str],
    look_up: Callable[[Requirement, Stop], Offer | None],
    stop: Stop,
    *,
    seconds: float = SECONDS,
) -> dict[str, Checked]:
    """What the index says of each requirement, asked side by side, for ``seconds`` at most."""
    ours = Stop()
    undo = stop.subscribe(lambda: ours.request(stop.reason))
    timer = threading.Timer(seconds, ours.request, ("took too long",))
    timer.daemon = True
    timer.start()

    def ask(text: str) -> Checked:
        try:
            offer = look_up(Requirement(text), ours)
        except (SourceError, UsageError, Cancelled, OSError):
            return Checked(why_not=NO_ANSWER)
        return Checked(offer=offer, absent=offer is None)

    texts = list(requirements)
    try:
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(texts, pool.map(ask, texts), strict=True))
    finally:
        timer.cancel()
        undo()
