"""A package index on this machine: simple API as JSON and HTML, with faults on demand."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PYPROJECT = "[project]\nname = {name!r}\nversion = {version!r}\n"


def tar_bytes(files: Mapping[str, str | bytes], mode: str = "w:gz") -> bytes:
    """An archive of regular files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(data), 1_500_000_000, 0o644
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def sdist_bytes(name: str, version: str, **more: str | bytes) -> bytes:
    """A small sdist; ``more`` maps file names in it (dots as ``__``) to contents."""
    top = f"{name.replace('-', '_')}-{version}"
    files: dict[str, str | bytes] = {
        f"{top}/pyproject.toml": PYPROJECT.format(name=name, version=version),
        f"{top}/PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    files |= {f"{top}/{key.replace('__', '.')}": value for key, value in more.items()}
    return tar_bytes(files)


@dataclass
class _File:
    filename: str
    content: bytes
    details: dict[str, Any]

    def as_json(self, url: str) -> dict[str, Any]:
        return {"filename": self.filename, "url": url, **self.details}

    def as_html(self, url: str, *, times: bool = False) -> str:
        sha256 = self.details.get("hashes", {}).get("sha256")
        attributes = f'href="{html.escape(url)}{f"#sha256={sha256}" if sha256 else ""}"'
        if (python := self.details.get("requires-python")) is not None:
            attributes += f' data-requires-python="{html.escape(python)}"'
        if (yanked := self.details.get("yanked")) not in {None, False}:
            attributes += f' data-yanked="{"" if yanked is True else html.escape(yanked)}"'
        if times and (moment := self.details.get("upload-time")):
            attributes += f' data-upload-time="{html.escape(moment)}"'
        return f"<a {attributes}>{self.filename}</a><br/>"


@dataclass
class LocalIndex:
    """What the server answers; change it at any time.

    ``fail_next`` holds statuses for the next requests; ``cut_next`` is the number of
    downloads to break off half-way; ``credentials`` are demanded where set; ``hold``
    is waited for in the middle of each download.
    """

    port: int = 0
    html: bool = False
    html_times: bool = False
    credentials: tuple[str, str] | None = None
    fail_next: list[int] = field(default_factory=list)
    cut_next: int = 0
    hold: threading.Event | None = None
    requests: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    _projects: dict[str, list[_File]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The index URL."""
        return f"http://{self.host}/simple/"

    def url_with(self, username: str, password: str) -> str:
        """The index URL with credentials."""
        return f"http://{username}:{password}@{self.host}/simple/"

    def file_url(self, filename: str) -> str:
        """Where a file can be downloaded."""
        return f"http://{self.host}/files/{filename}"

    def add(
        self,
        filename: str,
        content: bytes | None = None,
        *,
        requires_python: str | None = None,
        yanked: bool | str = False,
        uploaded: str | None = "2020-01-01T00:00:00.000000Z",
        hashed: bool = True,
        sha256: str | None = None,
    ) -> bytes:
        """Add a file; an sdist without ``content`` is made up. Returns its content."""
        name, _, rest = filename.partition("-")
        if content is None:
            version = rest.removesuffix(".zip").removesuffix(".tar.gz")
            content = sdist_bytes(name, version)
        details: dict[str, Any] = {"requires-python": requires_python, "yanked": yanked}
        if uploaded:
            details["upload-time"] = uploaded
        if hashed:
            details["hashes"] = {"sha256": sha256 or hashlib.sha256(content).hexdigest()}
        project = self._projects.setdefault(canonicalize_name(name), [])
        project.append(_File(filename, content, details))
        return content

    def page(self, project: str) -> tuple[str, bytes] | None:
        """Content type and body of a project's page."""
        files = self._projects.get(project)
        if files is None:
            return None
        pairs = [(file, f"../../files/{file.filename}") for file in files]
        if self.html:
            body = "<!DOCTYPE html>\n" + "\n".join(
                file.as_html(url, times=self.html_times) for file, url in pairs
            )
            return "text/html", body.encode()
        document = {
            "meta": {"api-version": "1.1"},
            "name": project,
            "files": [file.as_json(url) for file, url in pairs],
        }
        return "application/vnd.pypi.simple.v1+json", json.dumps(document).encode()

    def file(self, filename: str) -> bytes | None:
        """The content of a file."""
        for files in self._projects.values():
            for file in files:
                if file.filename == filename:
                    return file.content
        return None

    def write_to(self, directory: Path, *, pages: bool) -> Path:
        """The same index as directories, with or without ``index.html`` pages."""
        for project, files in self._projects.items():
            folder = directory / project
            folder.mkdir(parents=True)
            for file in files:
                (folder / file.filename).write_bytes(file.content)
            if pages:
                body = "\n".join(file.as_html(file.filename) for file in files)
                (folder / "index.html").write_text(body, "utf-8")
        return directory


class _Handler(BaseHTTPRequestHandler):
    index: LocalIndex

    def do_GET(self) -> None:
        index = self.index
        index.requests.append(self.path)
        if index.fail_next:
            self._answer(index.fail_next.pop(0), "text/plain", b"no")
        elif not self._admitted():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="local"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/files/"):
            self._send_file(self.path.removeprefix("/files/"))
        elif (page := index.page(self.path.strip("/").rpartition("/")[2])) is not None:
            self._answer(200, *page)
        else:
            self._answer(404, "text/plain", b"not here")

    def do_HEAD(self) -> None:
        self._answer(200, "application/octet-stream", b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _admitted(self) -> bool:
        if self.index.credentials is None:
            return True
        wanted = base64.b64encode(":".join(self.index.credentials).encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self, filename: str) -> None:
        content = self.index.file(filename)
        if content is None:
            self._answer(404, "text/plain", b"not here")
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        self.wfile.write(content[:half])
        self.wfile.flush()
        self.index.started.set()
        if self.index.cut_next:
            self.index.cut_next -= 1
            self.close_connection = True
            return
        if self.index.hold is not None:
            self.index.hold.wait(30)
        self.wfile.write(content[half:])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of the tests."""


@contextmanager
def local_index() -> Iterator[LocalIndex]:
    """A running index; it ends with the block."""
    index = LocalIndex()
    handler = type("Handler", (_Handler,), {"index": index})
    with _Server(("127.0.0.1", 0), handler) as server:
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield index
        finally:
            if index.hold is not None:
                index.hold.set()
            server.shutdown()
            thread.join()
