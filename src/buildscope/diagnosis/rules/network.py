"""Builds that fetch something while they run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause
from buildscope.diagnosis.switch_files import system_copies
from buildscope.diagnosis.switches import network_remedies, skipping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildscope.diagnosis.facts import FailedPhase, Raised
    from buildscope.model.failure import Cause, Evidence, Remedy
    from buildscope.model.names import Confidence

_TYPES = frozenset(
    [
        "URLError",
        "HTTPError",
        "gaierror",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "ConnectTimeout",
        "ReadTimeout",
        "MaxRetryError",
        "NewConnectionError",
        "NameResolutionError",
        "SSLError",
        "SSLCertVerificationError",
        "RemoteDisconnected",
        "ContentTooShortError",
        "ConnectError",
        "ProxyError",
    ]
)
_OUTPUT = re.compile(
    r"Name or service not known|Temporary failure in name resolution|nodename nor servname|"
    r"[Cc]ould(n't| not) resolve (host|proxy)|[Ff]ailed to download\b|[Uu]nable to download|"
    r"[Dd]ownload(ing)? .*(failed|error)|[Nn]etwork is unreachable|Connection (refused|timed out)|"
    r"Failed to (connect|fetch)\b|unable to access 'https?://|wget: unable to resolve|"
    r"Could not find a suitable TLS CA|failed to (query|download) .*(registry|replaced source)|"
    r"Download of .* failed|error: RPC failed|status_string: \"|<urlopen error"
)
_URL = re.compile(r"(?:https?|ftp)://[^\s'\"<>)\]]+")
_NOT_NETWORK = re.compile(r"^\s*(-- |warning:|#)", re.IGNORECASE)


def network_in_build(facts: FailedPhase) -> Iterator[Cause]:
    """A hook tried to reach the network and could not."""
    if facts.nested:
        return
    for raised in facts.chain:
        if raised.exception.type in _TYPES or _OUTPUT.search(raised.text):
            evidence = facts.at_exception(raised)
            said = " ".join([raised.exception.message, *_values(raised)])
            skips = skipping(facts, raised)
            yield _cause(facts, _who(raised), said, evidence, raised.confidence, skips)
            return
    for line in facts.output.suspects:
        if _OUTPUT.search(line.text) and not _NOT_NETWORK.match(line.text):
            evidence = facts.at_line(line)
            confidence = facts.output_confidence("likely")
            yield _cause(facts, "The build", line.text, evidence, confidence)
            return


def _values(raised: Raised) -> list[str]:
    """The values of the names on the project's line, where the address may stand."""
    frame = raised.project_frame
    if frame is None:
        return []
    named = [value for name, value in frame.locals.items() if name in frame.source]
    return [frame.source, *(named or frame.locals.values())]


def _who(raised: Raised) -> str:
    return place(raised.project_frame) if raised.project_frame is not None else "The build"


def _cause(  # noqa: PLR0917 - what is known of one download
    facts: FailedPhase,
    who: str,
    message: str,
    evidence: Evidence,
    confidence: Confidence,
    skips: Iterable[Remedy] = (),
) -> Cause:
    found = _URL.search(message)
    what = found[0].rstrip(".,;") if found else "a file"
    return cause(
        facts,
        "network-in-build",
        f"{who} downloads {what} while building, and that failed",
        evidence,
        confidence=confidence,
        remedies=[
            *network_remedies(facts, message),
            *system_copies(facts, message),
            *skips,
            advice(
                f"download {what} yourself, and tell the build where it is; see its documentation"
            ),
            advice("build where the network allows it"),
        ],
    )


RULES = (network_in_build,)
