"""A text that takes the place of a file that is not there."""

from __future__ import annotations

from buildscope.model.base import Record
from buildscope.model.failure import Remedy


class Rebuilt(Record, frozen=True):
    """The text of one file, and where it was recovered from (``origin``).

    Without an origin the text is a stub, and a build with it does without ``what``, unless
    ``lost`` says that nothing depends on it. A text that is ``lent`` by another release does
    without ``what`` too. ``beside`` are further files that belong to it.
    """

    text: str
    origin: str
    what: str
    lost: bool = True
    lent: bool = False
    beside: dict[str, str] = {}

    def remedy(self, path: str) -> Remedy:
        """The change that puts it at ``path``."""
        files = {path: self.text, **self.beside}
        more = f" and {len(self.beside)} files beside it" if self.beside else ""
        if self.origin:
            said = f"create {path}{more} with what {self.origin} says"
            return Remedy(summary=said, files=files, loses=self.what if self.lent else "")
        empty = "an empty" if not self.text else "a stand-in for"
        said = f"create {empty} {path}"
        if not self.lost:
            return Remedy(summary=said, files=files)
        return Remedy(summary=f"{said}: {self.what} is lost", files=files, loses=self.what)
