"""Upload times in HTML index pages, which PEP 700 has for JSON only and unearth does not read."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from buildscope.configuration.moments import parse_moment
from buildscope.sources.urls import filename_of

if TYPE_CHECKING:
    from datetime import datetime

_ATTRIBUTE = "data-upload-time"


def upload_times(page: bytes) -> dict[str, datetime]:
    """The times that the links of a page have as ``data-upload-time``, by file name.

    Several indexes give it, though no standard has it; a value that is no time is left out.
    """
    if _ATTRIBUTE.encode() not in page:
        return {}
    parser = _Parser()
    parser.feed(page.decode("utf-8", errors="replace"))
    return parser.times


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.times: dict[str, datetime] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        href, text = attributes.get("href"), attributes.get(_ATTRIBUTE)
        if tag != "a" or not href or not text:
            return
        try:
            moment = parse_moment(text)
        except ValueError:
            return
        if moment.tzinfo is not None:
            self.times[filename_of(href)] = moment
