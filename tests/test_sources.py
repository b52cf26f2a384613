from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from buildscope.configuration.locations import scheme_of, secrets_in, with_credentials
from buildscope.errors import SourceError
from buildscope.model.target import SourceFacts
from buildscope.process.stop import Stop
from buildscope.sources.cache import Remembered, SdistCache, StoredSdist
from buildscope.sources.obtain import unpack_again
from buildscope.sources.ticker import INTERVAL, Ticker
from buildscope.sources.urls import (
    filename_of,
    host_of,
    path_of_file_url,
    without_credentials,
)
from tests.helpers.local_index import sdist_bytes, tar_bytes
from tests.helpers.obtaining import Obtaining


@pytest.fixture
def get(tmp_path: Path) -> Obtaining:
    return Obtaining(tmp_path)


def test_a_local_archive_goes_through_the_cache(get: Obtaining, tmp_path: Path) -> None:
    archive = tmp_path / "my_pkg-1.0.post1.tar.gz"
    archive.write_bytes(sdist_bytes("my-pkg", "1.0.post1"))
    facts = get(archive.name)
    assert (facts.name, facts.version, facts.origin) == ("my_pkg", "1.0.post1", "local archive")
    assert (facts.size, facts.filename) == (archive.stat().st_size, archive.name)
    assert facts.project == str(get.work / "source" / "my_pkg-1.0.post1")
    assert msgspec.json.decode(msgspec.json.encode(facts), type=SourceFacts) == facts
    archive.unlink()
    Path(facts.project, "pyproject.toml").write_text("dirty", "utf-8")
    again = unpack_again(facts, work=tmp_path / "again", stop=Stop())
    assert "dirty" not in Path(again.project, "pyproject.toml").read_text("utf-8")


def test_the_hash_of_a_file_url_is_checked(get: Obtaining, tmp_path: Path) -> None:
    archive = tmp_path / "pkg-1.0.tar.gz"
    archive.write_bytes(sdist_bytes("pkg", "1.0"))
    right = get(archive.name).sha256
    assert get(f"{archive.as_uri()}#sha256={right}").sha256 == right
    error = get.refused(f"pkg @ {archive.as_uri()}#sha256={'0' * 64}")
    assert error.cause == "bad-archive"
    assert right is not None
    assert right in error.message


def test_a_subdirectory_of_an_archive(get: Obtaining, tmp_path: Path) -> None:
    archive = tmp_path / "repo-main.tar.gz"
    archive.write_bytes(tar_bytes({"repo-main/python/setup.py": "x", "repo-main/README": "x"}))
    facts = get(f"{archive.as_uri()}#subdirectory=python")
    assert facts.project == f"{facts.tree}/python"
    assert (facts.name, facts.version) == (None, None)
    again = unpack_again(facts, work=tmp_path / "again", stop=Stop())
    assert again.project == f"{again.tree}/python"
    error = get.refused(archive.name)
    assert "has neither pyproject.toml nor setup.py" in error.message
    assert "#subdirectory=python" in (error.hint or "")


def test_an_unsafe_archive_leaves_no_tree(get: Obtaining, tmp_path: Path) -> None:
    archive = tmp_path / "pkg-1.0.tar.gz"
    archive.write_bytes(tar_bytes({"pkg-1.0/ok": "x", "../evil": "x"}))
    assert "'../evil' would land outside" in get.refused(archive.name).message
    assert not (get.work / "source").exists()
    assert not (get.work / "evil").exists()


def test_a_retry_says_when_the_archive_is_gone(get: Obtaining, tmp_path: Path) -> None:
    archive = tmp_path / "pkg-1.0.tar.gz"
    archive.write_bytes(sdist_bytes("pkg", "1.0"))
    facts = get(archive.name)
    shutil.rmtree(get.cache)
    with pytest.raises(SourceError, match="is gone"):
        unpack_again(facts, work=tmp_path / "again", stop=Stop())


def test_progress_is_rare_and_ends_whole() -> None:
    now = [0.0]
    seen: list[int | None] = []
    ticker = Ticker(lambda progress: seen.append(progress.done), "x", clock=lambda: now[0])
    for done in range(101):
        ticker(done, 100)
        now[0] += INTERVAL / 10
    assert seen[0] == 0
    assert seen[-1] == 100
    assert len(seen) == 11


def stored(version: str = "1.0") -> StoredSdist:
    return StoredSdist(
        sha256="ab" * 32,
        filename=f"pkg-{version}.tar.gz",
        size=3,
        url="https://host/x",
        name="pkg",
        version=version,
    )


def test_the_cache_remembers_by_name_url_and_request(tmp_path: Path) -> None:
    cache = SdistCache(tmp_path)
    assert (cache.names(), cache.by_name("pkg"), cache.by_url("https://host/x")) == ([], [], None)
    cache.remember(stored())
    cache.remember_request("a request", Remembered(stored=stored(), at=1.0, note="n"))
    assert cache.names() == ["pkg"]
    assert cache.by_name("pkg") == [stored()]
    assert cache.by_url("https://host/x") == stored()
    known = cache.by_request("a request")
    assert known is not None
    assert known.note == "n"


def test_a_half_written_record_or_file_is_as_none(tmp_path: Path) -> None:
    cache = SdistCache(tmp_path)
    cache.remember(stored())
    for record in tmp_path.rglob("*.json"):
        record.write_bytes(record.read_bytes()[:-5])
    assert cache.by_url("https://host/x") is None
    assert cache.by_name("pkg") == []
    with cache.new_file() as (file, path):
        file.write(b"abc")
        assert path.exists()
    assert not path.exists()
    assert not cache.intact(stored())


def test_what_a_kill_left_behind_is_swept(tmp_path: Path) -> None:
    left, recent = tmp_path / "sdists" / "new" / "left", tmp_path / "sdists" / "new" / "recent"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    recent.write_bytes(b"x")
    os.utime(left, (1, 1))
    with SdistCache(tmp_path).new_file():
        assert not left.exists()
    assert recent.exists()


def test_a_cache_that_cannot_be_written_is_said(get: Obtaining, tmp_path: Path) -> None:
    (tmp_path / "pkg-1.0.tar.gz").write_bytes(sdist_bytes("pkg", "1.0"))
    get.cache.write_bytes(b"a file where the cache should be")
    assert str(get.cache) in get.refused("pkg-1.0.tar.gz").message


def test_urls_without_credentials() -> None:
    assert without_credentials("https://u:p@h:1/x?q#f") == "https://h:1/x?q#f"
    assert without_credentials("git+ssh://git@h/x") == "git+ssh://git@h/x"
    assert without_credentials("ssh://git:pw@h/x") == "ssh://git@h/x"
    assert without_credentials("file:///a@b") == "file:///a@b"
    assert with_credentials("https://old@h/x", "a b", "c/d") == "https://a%20b:c%2Fd@h/x"
    assert host_of("https://u:p@h:1/x") == "h:1"


def test_secrets_of_urls() -> None:
    assert set(secrets_in("https://u:p%40ss@h/x?token=abc&v=1")) == {"p%40ss", "p@ss", "abc"}
    assert set(secrets_in("https://lone-token@h/x")) == {"lone-token"}
    assert set(secrets_in("ssh://git@h/x")) == set()


def test_parts_of_urls() -> None:
    assert scheme_of("git+HTTPS://h") == "git+https"
    assert [scheme_of(text) for text in ("C:\\x", "name=https://h", "plain", "a/b:c")] == [""] * 4
    assert filename_of("https://h/a/..%2f..%2f.evil-1.0.zip?x#y") == "evil-1.0.zip"
    assert filename_of("https://h/") == ""
    assert path_of_file_url("file://localhost/a%20b") == Path("/a b")
    with pytest.raises(ValueError, match="another host"):
        path_of_file_url("file://elsewhere/a")
