from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from buildscope.configuration.index import IndexConfiguration
from buildscope.errors import Cancelled, SourceError
from buildscope.process.stop import Stop
from buildscope.sources.client import (
    IndexClient,
    PassingFaultError,
    interruptible,
    with_retries,
)

if TYPE_CHECKING:
    from pathlib import Path


def transport(client: IndexClient, url: str) -> Any:
    return client._transport_for_url(httpx2.URL(url))


def proxied(client: IndexClient, url: str) -> bool:
    return "Proxy" in type(transport(client, url)._pool).__name__


def test_proxies_by_scheme_and_the_hosts_without() -> None:
    configuration = IndexConfiguration(
        proxies={"https": "http://proxy:1"}, no_proxy=(".intern", "10.0.0.1", "bare.host")
    )
    with IndexClient(configuration, ()) as client:
        assert proxied(client, "https://host/x")
        assert not proxied(client, "http://host/x")
        for host in ("a.intern", "10.0.0.1", "bare.host", "sub.bare.host", "localhost"):
            assert not proxied(client, f"https://{host}/x")


def test_one_proxy_for_all_and_none_with_a_star() -> None:
    with IndexClient(IndexConfiguration(proxies={"all": "http://proxy:1"}), ()) as client:
        assert proxied(client, "http://host/x")
    configuration = IndexConfiguration(proxies={"all": "http://proxy:1"}, no_proxy=("*",))
    with IndexClient(configuration, ()) as client:
        assert not proxied(client, "http://host/x")


def test_a_certificate_file_that_is_not_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    with pytest.raises(SourceError, match="certificate file cannot be read") as caught:
        IndexClient(IndexConfiguration(certificate=missing), ())
    assert missing in caught.value.message


def test_retries_end_with_the_reason() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise httpx2.ReadTimeout("slow")

    with pytest.raises(SourceError, match="host did not answer in time"):
        with_retries(fail, "https://user:secret@host/x", Stop(), (0.0, 0.0))
    assert len(tries) == 3


def test_what_does_not_pass_is_not_tried_again() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise httpx2.TooManyRedirects("loop")

    with pytest.raises(SourceError, match="cannot be reached: loop"):
        with_retries(fail, "https://host/x", Stop(), (0.0, 0.0))
    assert len(tries) == 1


def test_a_pause_ends_with_a_stop() -> None:
    stop = Stop()

    def fail() -> None:
        stop.request("enough")
        raise PassingFaultError("busy")

    with pytest.raises(Cancelled):
        with_retries(fail, "https://host/x", stop, (3600.0,))


def test_a_blocked_call_is_left_at_a_stop() -> None:
    stop, release, entered = Stop(), threading.Event(), threading.Event()

    def block() -> None:
        entered.set()
        release.wait(30)

    def request() -> None:
        entered.wait(30)
        stop.request("enough")

    requester = threading.Thread(target=request)
    requester.start()
    with pytest.raises(Cancelled, match="enough"):
        interruptible(block, stop)
    requester.join()
    release.set()
