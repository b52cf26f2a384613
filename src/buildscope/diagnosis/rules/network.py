"""Builds that fetch something while they run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildscope.diagnosis.facts import place
from buildscope.diagnosis.remedies import advice, cause
from buildscope.diagnosis.switch_files import system_copies
from buildscope.diagnosis.switches import network_remedies, skipping
from buildscope.diagnosis.system import switches_of

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
_UNREACHED = re.compile(
    r"Name or service not known|Temporary failure in name resolution|nodename nor servname|"
    r"[Cc]ould(?:n't| not) resolve (?:host|proxy)|[Uu]nable to resolve host|Network is unreachable|"
    r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|code (?:ENOTFOUND|EAI_AGAIN)|dial tcp: lookup|UnknownHostException|"
    r"Could not resolve hostname|No route to host|Connection (?:refused|timed out)"
)
_FAILED = re.compile(
    r"[Ff]ailed to download\b|[Uu]nable to download|[Dd]ownload(?:ing)? .*(?:failed|error)|"
    r"Failed to (?:connect|fetch|clone)\b|unable to access 'https?://|"
    r"Could not find a suitable TLS CA|[Ff]ailed to (?:query|download) .*(?:registry|replaced source)|"
    r"failed to download from `|failed to fetch `https?:|[Uu]nable to update registry|Unable to update https?:|"
    r"Download of .* failed|Each download failed|error: RPC failed|status_string: \"|<urlopen error|"
    r"clone of '[^']*' into submodule path .* failed|npm (?:ERR!|error) network|is the internet available|"
    r"Unable to connect to (?:remote )?conan|WrapException: (?:could not|failed to) (?:get|fetch)"
)
_URL = re.compile(r"(?:https?|ftp|git|ssh)://(?!docs?\.)[^\s'\"`<>)\]]+")
_HOST = re.compile(
    r"(?:resolve(?: host(?:name)?| address for)?:? |lookup |ENOTFOUND |EAI_AGAIN |host address ['\"`\u2018]?)"
    r"(?P<host>[\w-]+(?:\.[\w-]+)+)"
)
_NOT_NETWORK = re.compile(r"^\s*(-- |warning:|#)", re.IGNORECASE)
_FETCHERS = (
    (re.compile(r"\bcrates\b|\bcargo\b"), "Rust crates"),
    (re.compile(r"\bnpm\b|\byarn\b"), "npm packages"),
    (re.compile(r"proxy\.golang\.org|\bgo: "), "Go modules"),
    (re.compile(r"\bconan"), "Conan packages"),
)
_NEAR = 14
_TAIL = 150


def network_in_build(facts: FailedPhase) -> Iterator[Cause]:
    """A hook tried to reach the network and could not."""
    if facts.nested:
        return
    for raised in facts.chain:
        if raised.exception.type in _TYPES or _says(raised.text):
            evidence = facts.at_exception(raised)
            said = " ".join([raised.exception.message, *_values(raised)])
            skips = skipping(facts, raised)
            yield _cause(facts, _who(raised), said, evidence, raised.confidence, skips=skips)
            return
    yield from _in_output(facts)


def _in_output(facts: FailedPhase) -> Iterator[Cause]:
    """A tool that could not fetch something; surest near the end, where it ended the build."""
    told = [
        line
        for line in facts.output.suspects
        if _says(line.text) and not _NOT_NETWORK.match(line.text)
    ]
    line = next((one for one in told if _UNREACHED.search(one.text)), next(iter(told), None))
    if line is None:
        return
    around = [line.text, *facts.output.before(line, _NEAR)[::-1], *facts.output.after(line, _NEAR)]
    said = next((text for text in around if _URL.search(text)), line.text)
    tail = facts.output.tail(line.stream, _TAIL)
    ends = not tail or line.number >= tail[0].number
    confidence = facts.output_confidence("certain" if ends else "likely")
    tool = next((what for seen, what in _FETCHERS if any(seen.search(t) for t in around)), None)
    yield _cause(facts, "The build", said, facts.at_line(line), confidence, tool=tool)


def _says(text: str) -> bool:
    return bool(_UNREACHED.search(text) or _FAILED.search(text))


def _values(raised: Raised) -> list[str]:
    """The values of the names on the project's line, where the address may stand."""
    frame = raised.project_frame
    if frame is None:
        return []
    named = [value for name, value in frame.locals.items() if name in frame.source]
    return [frame.source, *(named or frame.locals.values())]


def _who(raised: Raised) -> str:
    return place(raised.project_frame) if raised.project_frame is not None else "The build"


def _cause(
    facts: FailedPhase,
    who: str,
    message: str,
    evidence: Evidence,
    confidence: Confidence,
    *,
    skips: Iterable[Remedy] = (),
    tool: str | None = None,
) -> Cause:
    url, host = _URL.search(message), _HOST.search(message)
    place = url[0].rstrip(".,;:") if url else host["host"] if host else None
    what = f"{tool} from {place}" if tool and place else tool or place or "a file"
    return cause(
        facts,
        "network-in-build",
        f"{who} downloads {what} while building, and that failed",
        evidence,
        confidence=confidence,
        remedies=[
            *switches_of(facts),
            *network_remedies(facts, message),
            *system_copies(facts, message),
            *skips,
            advice(_by_hand(tool, what)),
            advice("build where the network allows it"),
        ],
    )


def _by_hand(tool: str | None, what: str) -> str:
    if tool is not None:
        return f"fetch the {tool} beforehand, where there is a network, and build with those"
    return f"download {what} yourself, and tell the build where it is; see its documentation"


RULES = (network_in_build,)
