"""Downloads archives into the cache."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from buildscope.errors import SourceError
from buildscope.sources.cache import CHUNK
from buildscope.sources.client import (
    PASSING_STATUS,
    PAUSES,
    PassingFaultError,
    refusal,
    with_retries,
)
from buildscope.sources.intake import Digests, keep, pump
from buildscope.sources.urls import host_of, without_credentials

if TYPE_CHECKING:
    from buildscope.sources.cache import StoredSdist
    from buildscope.sources.client import IndexClient
    from buildscope.sources.intake import Job


def download(job: Job, client: IndexClient, *, pauses: tuple[float, ...] = PAUSES) -> StoredSdist:
    """Download an archive into the cache; raises ``SourceError``, ``Cancelled``."""
    with job.cache.new_file() as (file, name):
        digests = with_retries(
            lambda: _stream(job, client, file),
            job.url,
            job.stop,
            pauses,
        )
        file.flush()
        return keep(job, name, digests)


def _stream(job: Job, client: IndexClient, file: IO[bytes]) -> Digests:
    file.seek(0)
    file.truncate()
    digests = Digests(job.hashes)
    with client.get_stream(job.url, headers={"Accept-Encoding": "identity"}) as response:
        _check_status(job.url, response.status_code)
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdigit() else None
        pump(job, response.iter_raw(CHUNK // 8), file, digests, total)
    return digests


def _check_status(url: str, status: int) -> None:
    if status < 400:
        return
    if status in {404, 410}:
        raise SourceError(
            f"there is no file at {without_credentials(url)} (HTTP {status})",
            cause="download",
            hint="check the URL",
        )
    error = refusal(host_of(url), status)
    if status in PASSING_STATUS:
        raise PassingFaultError(error.message)
    raise error
