from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from buildscope.configuration.files import UserFiles
from buildscope.configuration.index import index_configuration
from buildscope.errors import Cancelled, SourceError
from buildscope.model.settings import Settings
from buildscope.process.stop import Stop
from buildscope.sources.cache import SdistCache
from buildscope.sources.requirement import FRESH, Resolver
from tests.helpers.local_index import local_index, sdist_bytes
from tests.helpers.obtaining import Obtaining
from tests.helpers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.local_index import LocalIndex

TRIES = (0.0, 0.0)


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with local_index() as running:
        yield running


@pytest.fixture
def get(tmp_path: Path, index: LocalIndex) -> Obtaining:
    return Obtaining(tmp_path, {"PIP_INDEX_URL": index.url})


def resolver(tmp_path: Path, environ: dict[str, str], now: float = 0.0) -> Resolver:
    configuration = index_configuration(Settings(), environ, cwd=tmp_path, user=UserFiles())
    return Resolver(
        configuration=configuration,
        cache=SdistCache(tmp_path / "cache"),
        python_version="3.11.7",
        exclude_newer=None,
        on_progress=lambda progress: None,
        stop=Stop(),
        cwd=tmp_path,
        clock=lambda: now,
        pauses=TRIES,
    )


@pytest.mark.parametrize("html", [False, True])
def test_an_sdist_from_the_index(get: Obtaining, index: LocalIndex, html: bool) -> None:
    index.html = html
    index.add("pkg-1.0.tar.gz")
    index.add("pkg-2.0.tar.gz", requires_python=">=3.99")
    index.add("pkg-3.0-py3-none-any.whl", b"")
    facts = get("PKG[extra]")
    assert (facts.name, facts.version, facts.origin) == ("pkg", "1.0", "sdist from the index")
    assert facts.url == index.file_url("pkg-1.0.tar.gz")
    assert facts.uploaded == (None if html else "2020-01-01T00:00:00Z")
    assert facts.project == facts.tree == str(get.work / "source" / "pkg-1.0")
    assert not facts.cached
    assert facts.note == "PKG 3.0 is newer, but has only wheels"


def test_a_directory_of_that_name_is_pointed_at(get: Obtaining, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    index.add("pkg-2.0-py3-none-any.whl", b"")
    (get.root / "pkg").mkdir()
    assert get("pkg").note == "pkg 2.0 is newer, but has only wheels"
    (get.root / "pkg" / "pyproject.toml").touch()
    assert get("pkg").note == (
        "taken from the index; for the directory of that name write ./pkg; "
        "pkg 2.0 is newer, but has only wheels"
    )
    assert get("pkg==1.0").note is None


def test_progress_of_a_download_has_bytes(get: Obtaining, index: LocalIndex) -> None:
    content = index.add("pkg-1.0.tar.gz")
    get("pkg")
    total = len(content)
    downloaded = [p.done for p in get.progress if p.text == "downloading pkg-1.0.tar.gz"]
    assert downloaded[0] == 0
    assert downloaded[-1] == total
    assert {p.total for p in get.progress if "downloading" in p.text} == {total}


def test_a_pin_that_is_cached_asks_nobody(get: Obtaining, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    first = get("pkg==1.0")
    index.requests.clear()
    second = get("pkg==1.0")
    assert (first.cached, second.cached) == (False, True)
    assert index.requests == []
    assert second.uploaded == first.uploaded
    assert second.tree != first.tree


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path, index: LocalIndex) -> None:
    content = index.add("pkg-1.0.tar.gz")
    index.hold = threading.Event()
    results: list[str] = []

    def find() -> None:
        found = resolver(tmp_path, {"PIP_INDEX_URL": index.url}).find("pkg==1.0")
        results.append(found.stored.sha256)

    threads = [threading.Thread(target=find) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: index.requests.count("/files/pkg-1.0.tar.gz") == 2)
    index.hold.set()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    archive = tmp_path / "cache" / "sdists" / "files" / results[0] / "pkg-1.0.tar.gz"
    assert archive.read_bytes() == content


def test_another_index_is_asked_even_where_the_pin_is_cached(
    tmp_path: Path, index: LocalIndex
) -> None:
    index.add("pkg-1.0.tar.gz")
    resolver(tmp_path, {"PIP_INDEX_URL": index.url}).find("pkg==1.0")
    with local_index() as other:
        other.add("pkg-1.0.tar.gz", sdist_bytes("pkg", "1.0", other="x"))
        found = resolver(tmp_path, {"PIP_INDEX_URL": other.url}).find("pkg==1.0")
    assert found.stored.url == other.file_url("pkg-1.0.tar.gz")


def test_an_open_requirement_is_asked_again_after_a_while(
    tmp_path: Path, index: LocalIndex
) -> None:
    environ = {"PIP_INDEX_URL": index.url}
    index.add("pkg-1.0.tar.gz")
    assert resolver(tmp_path, environ, 0).find("pkg").stored.version == "1.0"
    index.add("pkg-2.0.tar.gz")
    assert resolver(tmp_path, environ, FRESH - 1).find("pkg").stored.version == "1.0"
    assert resolver(tmp_path, environ, FRESH + 1).find("pkg").stored.version == "2.0"


def test_a_damaged_file_in_the_cache_is_downloaded_again(get: Obtaining, index: LocalIndex) -> None:
    content = index.add("pkg-1.0.tar.gz")
    archive = get.root / (get("pkg==1.0").archive or "")
    archive.write_bytes(content[:-1] + b"?")
    again = get("pkg==1.0")
    assert not again.cached
    assert archive.read_bytes() == content


def test_offline_uses_the_cache_and_says_what_it_has(get: Obtaining, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    get("pkg==1.0")
    index.add("pkg-2.0.tar.gz")
    index.requests.clear()
    facts = get("pkg", offline=True)
    assert (facts.version, facts.cached, facts.uploaded) == ("1.0", True, "2020-01-01T00:00:00Z")
    error = get.refused("pkg==2.0", offline=True)
    assert "offline" in error.message
    assert "has no version 2.0; the newest are 1.0" in error.message
    assert "there is no project pgk" in get.refused("pgk", offline=True).message
    assert get.refused("pgk", offline=True).hint
    assert index.requests == []


def test_offline_still_reads_directories(tmp_path: Path, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    links = index.write_to(tmp_path / "mirror", pages=False)
    get = Obtaining(tmp_path, {"PIP_FIND_LINKS": str(links / "pkg"), "PIP_INDEX_URL": index.url})
    facts = get("pkg", offline=True)
    assert (facts.version, facts.origin) == ("1.0", "sdist from find-links")
    assert index.requests == []


@pytest.mark.parametrize("pages", [True, False])
def test_an_index_in_a_directory_with_or_without_pages(
    tmp_path: Path, index: LocalIndex, pages: bool
) -> None:
    index.add("my_pkg-1.0.tar.gz")
    index.add("my_pkg-2.0.tar.gz", yanked="bad")
    mirror = index.write_to(tmp_path / "mir ror", pages=pages)
    get = Obtaining(tmp_path, {"PIP_INDEX_URL": mirror.as_uri()})
    assert get("my-pkg==1.0").version == "1.0"
    error = get.refused("my-pgk")
    assert error.hint == "did you mean my-pkg?"


def test_hashes_are_checked_and_both_named(get: Obtaining, index: LocalIndex) -> None:
    wanted = "0" * 64
    index.add("pkg-1.0.tar.gz", sha256=wanted)
    error = get.refused("pkg")
    assert error.cause == "bad-archive"
    assert wanted in error.message
    assert error.message.count("sha256") == 1
    assert not list((get.cache / "sdists" / "new").iterdir())
    assert not (get.cache / "sdists" / "files").exists()


def test_credentials_reach_the_index_and_nothing_else(get: Obtaining, index: LocalIndex) -> None:
    index.credentials = ("me", "s3cret/word")
    index.add("pkg-1.0.tar.gz")
    get.environ = {"UV_DEFAULT_INDEX": index.url_with("me", "s3cret%2Fword")}
    facts = get("pkg")
    cached = [path.read_text("utf-8") for path in get.cache.rglob("*.json")]
    assert cached
    assert "s3cret" not in str(facts) + str(get.progress) + "".join(cached)
    assert get.redactor.text("see s3cret/word") == "see [redacted]"
    get.environ = {"UV_DEFAULT_INDEX": index.url_with("me", "wrong-wrong")}
    error = get.refused("other")
    assert error.cause == "download"
    assert f"{index.host} refuses access (HTTP 401)" in error.message
    assert "wrong-wrong" not in error.message + (error.hint or "")


def test_named_credentials_of_uv(get: Obtaining, index: LocalIndex) -> None:
    index.credentials = ("me", "token")
    index.add("pkg-1.0.tar.gz")
    get.environ = {
        "UV_INDEX": f"own={index.url}",
        "UV_INDEX_OWN_USERNAME": "me",
        "UV_INDEX_OWN_PASSWORD": "token",
    }
    assert get("pkg").version == "1.0"


def test_passing_faults_are_tried_again(tmp_path: Path, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    index.fail_next = [503]
    index.cut_next = 1
    found = resolver(tmp_path, {"PIP_INDEX_URL": index.url}).find("pkg")
    assert found.stored.version == "1.0"
    assert index.requests.count("/files/pkg-1.0.tar.gz") == 2


def test_lasting_faults_are_said_with_the_host(tmp_path: Path, index: LocalIndex) -> None:
    ask = resolver(tmp_path, {"PIP_INDEX_URL": index.url})
    index.fail_next = [500] * 3
    with pytest.raises(SourceError, match=rf"{index.host} answered with HTTP 500") as caught:
        ask.find("pkg")
    assert caught.value.cause == "download"
    index.fail_next = [403]
    with pytest.raises(SourceError, match="refuses access"):
        ask.find("pkg")


def test_a_host_that_is_not_there(tmp_path: Path) -> None:
    with local_index() as gone:
        url = gone.url_with("me", "s3cret-word")
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:\d+ cannot be reached") as caught:
        resolver(tmp_path, {"PIP_INDEX_URL": url}).find("pkg")
    assert caught.value.cause == "download"
    assert "s3cret" not in caught.value.message


def test_a_pin_found_elsewhere_survives_a_source_that_is_down(
    tmp_path: Path, index: LocalIndex
) -> None:
    with local_index() as gone:
        down = gone.url
    index.add("pkg-1.0.tar.gz")
    environ = {"PIP_INDEX_URL": index.url, "PIP_EXTRA_INDEX_URL": down}
    found = resolver(tmp_path, environ).find("pkg==1.0")
    assert "cannot be reached" in (found.note or "")
    with pytest.raises(SourceError, match="cannot be reached"):
        resolver(tmp_path, environ).find("pkg")


def test_pip_merges_indexes_and_uv_takes_the_first(tmp_path: Path, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    with local_index() as public:
        public.add("pkg-9.0.tar.gz")
        pip = {"PIP_INDEX_URL": public.url, "PIP_EXTRA_INDEX_URL": index.url}
        uv = {"UV_DEFAULT_INDEX": public.url, "UV_INDEX": index.url}
        assert resolver(tmp_path, pip).find("pkg").stored.version == "9.0"
        assert resolver(tmp_path, uv).find("pkg").stored.version == "1.0"


def test_there_is_no_such_project(get: Obtaining, index: LocalIndex) -> None:
    error = get.refused("nothing")
    assert error.message == f"there is no project nothing in {index.host}"
    index.add("something-1.0.tar.gz")
    get("something")
    assert get.refused("somethin").hint == "did you mean something?"
    assert get.refused("something", no_index=True).hint == "check the name, and the index"
    (get.root / "nothing").mkdir()
    (get.root / "nothing" / "setup.py").write_text("", "utf-8")
    assert "write ./nothing" in (get.refused("nothing").hint or "")


def test_an_index_without_tls_must_be_trusted_as_pip_has_it(tmp_path: Path) -> None:
    ask = resolver(tmp_path, {"PIP_INDEX_URL": "http://host.invalid/simple"})
    with pytest.raises(SourceError, match="its host is not trusted"):
        ask.find("pkg")


def test_a_page_that_is_no_index_page(tmp_path: Path, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz", uploaded="not a time")
    with pytest.raises(SourceError, match="gave an index page that cannot be read"):
        resolver(tmp_path, {"PIP_INDEX_URL": index.url}).find("pkg")


def test_the_cutoff_applies_to_the_sdist(get: Obtaining, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz", uploaded="2020-01-01T00:00:00Z")
    index.add("pkg-2.0.tar.gz", uploaded="2022-01-01T00:00:00Z")
    assert get("pkg", exclude_newer="2021-01-01").version == "1.0"
    index.html = True
    assert "upload time" in (get("pkg<3", exclude_newer="2021-01-01").note or "")


def test_upload_times_of_html_pages_are_read_where_they_are_given(
    get: Obtaining, index: LocalIndex
) -> None:
    index.html = index.html_times = True
    index.add("pkg-1.0.tar.gz", uploaded="2020-01-01T00:00:00.123456Z")
    index.add("pkg-2.0.tar.gz", uploaded="2022-01-01T00:00:00Z")
    index.add("pkg-3.0.tar.gz", uploaded="some day")
    facts = get("pkg", exclude_newer="2021-01-01")
    assert (facts.version, facts.uploaded) == ("1.0", "2020-01-01T00:00:00.123456Z")


def test_a_stop_ends_a_download_at_once(get: Obtaining, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    index.hold = threading.Event()

    def stop_when_it_runs() -> None:
        index.started.wait(30)
        get.stop.request("enough")

    stopper = threading.Thread(target=stop_when_it_runs)
    stopper.start()
    with pytest.raises(Cancelled):
        get("pkg")
    stopper.join()
    assert not (get.cache / "sdists" / "files").exists()


def test_an_archive_from_the_web(get: Obtaining, index: LocalIndex) -> None:
    content = index.add("pkg-1.0.tar.gz")
    url = index.file_url("pkg-1.0.tar.gz")
    facts = get(url)
    assert (facts.name, facts.version, facts.size) == ("pkg", "1.0", len(content))
    assert facts.origin == f"archive from {index.host}"
    pinned = f"pkg @ {url}#sha256={facts.sha256}"
    index.requests.clear()
    assert get(pinned).cached
    assert get(url, offline=True).cached
    assert index.requests == []
    assert not get(url).cached
    error = get.refused(f"{url}#sha256={'0' * 64}")
    assert error.cause == "bad-archive"
    assert str(facts.sha256) in error.message
    assert "HTTP 404" in get.refused(index.file_url("no-1.0.zip")).message
    assert "not in the cache" in get.refused(index.file_url("no-1.zip"), offline=True).message


def test_a_marker_of_a_direct_reference_is_checked(get: Obtaining, index: LocalIndex) -> None:
    index.add("pkg-1.0.tar.gz")
    error = get.refused(f'pkg @ {index.file_url("pkg-1.0.tar.gz")} ; python_version < "3"')
    assert "is false for Python 3.11.7" in error.message


def test_unearth_warns_nobody_on_stderr(tmp_path: Path, index: LocalIndex) -> None:
    code = (
        "import sys, pathlib\n"
        "from tests.helpers.obtaining import Obtaining\n"
        f"get = Obtaining(pathlib.Path({str(tmp_path)!r}), {{'PIP_INDEX_URL': {index.url!r}}})\n"
        "print(get.refused('nothing').message)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("there is no project nothing")
    assert done.stderr == ""


@pytest.mark.parametrize("module", ["obtain", "targets"])
def test_the_http_client_is_not_imported_before_it_is_used(module: str) -> None:
    code = f"import sys, buildscope.sources.{module}; print('httpx2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.index
@pytest.mark.parametrize(
    ("pin", "sha256"),
    [
        ("flash-attn==2.5.0", "6dd721ef0f29efa104e7b187b54a289c742bfce5020f54dcf7e3c75f65f2bea8"),
        ("demjson==2.2.4", "31de2038a0fdd9c4c11f8bf3b13fe77bc2a128307f965c8d5fb4dc6d6f6beb79"),
        ("packaging==25.0", "d443872c98d677bf60f6a1f2f8c1cb748e8fe762d2bf9d3148b5599295b0fc4f"),
    ],
)
def test_the_real_index(tmp_path: Path, pin: str, sha256: str) -> None:
    facts = Obtaining(tmp_path)(pin)
    assert facts.sha256 == sha256
    assert facts.uploaded is not None
