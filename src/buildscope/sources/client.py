"""The HTTP client: certificates, proxies, credentials, retries, and errors in one sentence."""

from __future__ import annotations

import logging
import ssl
import threading
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx2
from unearth.auth import MultiDomainBasicAuth
from unearth.fetchers.sync import PyPIClient

from buildscope.configuration.layers import INDEX_FIELDS
from buildscope.errors import Cancelled, SourceError
from buildscope.sources.html_times import upload_times
from buildscope.sources.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from types import TracebackType

    from buildscope.configuration.index import IndexConfiguration
    from buildscope.process.stop import Stop

PAUSES = (0.3, 1.0, 2.5)
"""Seconds to wait before each new try after a passing fault of the network."""
PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504, 520, 527})

T = TypeVar("T")

# without a handler of its own, Python prints a library's warnings on our stderr
logging.getLogger("unearth").addHandler(logging.NullHandler())


class PassingFaultError(Exception):
    """An answer that may be better the next time; ``message`` is what to say if it is not."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class IndexClient(PyPIClient):
    """Honours an ``IndexConfiguration``; knows ``file:`` URLs; follows redirects.

    ``refused`` collects what servers answered with an error status (404 left out), as
    (host, status), because unearth only logs it. ``uploaded`` has the upload times of HTML
    pages by file name, because unearth reads those of JSON only.
    """

    def __init__(self, configuration: IndexConfiguration, index_urls: Iterable[str]) -> None:
        self.refused: list[tuple[str, int]] = []
        self.uploaded: dict[str, datetime] = {}
        verify = _context(configuration)
        super().__init__(
            trusted_hosts=configuration.trusted_hosts,
            verify=verify,
            timeout=configuration.timeout,
            trust_env=False,
            follow_redirects=True,
            mounts=_mounts(configuration, verify),
            headers={"User-Agent": "buildscope"},
            event_hooks={"response": [self._note]},
        )
        urls = list(index_urls)
        self.auth = MultiDomainBasicAuth(prompting=False, index_urls=urls)
        said_by = {configuration.origin.get(field) for field in INDEX_FIELDS}
        self._plain_hosts = () if "pip" in said_by else tuple(map(_hostname, urls))

    def __enter__(self) -> IndexClient:  # noqa: PYI034 - its base says the same
        super().__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        super().__exit__(exc_type, exc_value, traceback)

    def iter_secure_origins(self) -> Iterator[tuple[str, str, str]]:
        """Origins that may be asked; unlike pip, uv takes an index that is named with http."""
        yield from super().iter_secure_origins()
        for host in self._plain_hosts:
            yield ("http", host, "*")

    def _note(self, response: httpx2.Response) -> None:
        if response.status_code >= 400 and response.status_code != 404:
            self.refused.append((host_of(str(response.url)), response.status_code))
        elif "html" in response.headers.get("Content-Type", ""):
            self.uploaded |= upload_times(response.read())


def interruptible(call: Callable[[], T], stop: Stop) -> T:
    """The result of ``call``, run in a thread, or ``Cancelled`` as soon as ``stop`` is requested.

    A blocked system call cannot be interrupted, so the thread is left to end by itself.
    """
    done = threading.Event()
    result: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            result.append(call())
        except BaseException as error:  # raised again in the caller's thread
            failure.append(error)
        finally:
            done.set()

    unsubscribe = stop.subscribe(done.set)
    try:
        threading.Thread(target=work, name="buildscope-download", daemon=True).start()
        done.wait()
    finally:
        unsubscribe()
    if failure:
        raise failure[0]
    if not result:
        stop.check()
        raise Cancelled("stopped")
    return result[0]


def with_retries(
    call: Callable[[], T], url: str, stop: Stop, pauses: Iterable[float] = PAUSES
) -> T:
    """The result of ``call``, tried again after passing faults.

    Raises ``SourceError`` (``download``) naming the host of ``url`` when the last try fails.
    """
    waiting = threading.Event()
    for pause in (*pauses, None):
        stop.check()
        try:
            return interruptible(call, stop)
        except (PassingFaultError, httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            if pause is None or not _passing(error):
                raise _download_error(url, error) from error
        unsubscribe = stop.subscribe(waiting.set)
        try:
            waiting.wait(pause)
        finally:
            unsubscribe()
    raise AssertionError("unreachable")


def refusal(host: str, status: int) -> SourceError:
    """The error for a server's answer; raised by the caller."""
    if status in {401, 403, 407}:
        return SourceError(
            f"{host} refuses access (HTTP {status})",
            cause="download",
            hint="give credentials in the URL, in .netrc, or in the configuration of pip or uv",
        )
    return SourceError(
        f"{host} answered with HTTP {status}", cause="download", hint="try again later"
    )


def _hostname(url: str) -> str:
    return urlsplit(url).hostname or ""


def _passing(error: Exception) -> bool:
    return isinstance(error, PassingFaultError | httpx2.TransportError)


def _download_error(url: str, error: Exception) -> SourceError:
    host = host_of(url)
    if isinstance(error, PassingFaultError):
        return SourceError(error.message, cause="download", hint="try again later")
    if isinstance(error, httpx2.TimeoutException):
        return SourceError(
            f"{host} did not answer in time", cause="download", hint="try again, or use --offline"
        )
    reason = str(error).strip().rstrip(".") or type(error).__name__
    hint = "check the network, the proxy and the URL; --offline uses what is in the cache"
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        hint = "name the certificate authority with SSL_CERT_FILE or PIP_CERT"
    return SourceError(f"{host} cannot be reached: {reason}", cause="download", hint=hint)


def _context(configuration: IndexConfiguration) -> ssl.SSLContext:
    certificate = configuration.certificate
    try:
        context = (
            httpx2.create_ssl_context()
            if certificate is None
            else ssl.create_default_context(cafile=certificate)
        )
        if configuration.client_certificate:
            context.load_cert_chain(configuration.client_certificate)
    except OSError as error:
        raise SourceError(
            f"a certificate file cannot be read: {certificate or configuration.client_certificate}: "
            f"{error.strerror or error}",
            cause="download",
            hint="correct PIP_CERT, SSL_CERT_FILE or the cert of pip.conf",
        ) from error
    return context


def _mounts(
    configuration: IndexConfiguration, verify: ssl.SSLContext
) -> dict[str, httpx2.BaseTransport | None]:
    """A transport for each proxied scheme, and the default one for hosts without proxy."""
    mounts: dict[str, httpx2.BaseTransport | None] = {}
    if not configuration.proxies or "*" in configuration.no_proxy:
        return mounts
    for scheme, proxy in configuration.proxies.items():
        mounts[f"{scheme}://"] = httpx2.HTTPTransport(verify=verify, proxy=proxy)
    for host in ("localhost", "127.0.0.1", *configuration.no_proxy):
        name = host.removeprefix("*")
        wild = "" if name == "localhost" or name[:1].isdigit() or name.startswith("[") else "*"
        mounts[f"all://{wild}{name}"] = None
    return mounts
