"""The tree as it was when a hook failed, while somebody has a prompt in the failing frame."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from buildscope.errors import BuildscopeError
from buildscope.sources.manifest import manifest

if TYPE_CHECKING:
    from buildscope.model.target import SourceFacts

_COPY = "at-failure"
_AFTER = "after-prompt"


class TreeAtFailure:
    """A copy, made before the prompt; ``put_back`` makes it the attempt's tree again.

    Not for a directory that is built in place: it is the user's own, and never reverted.
    """

    def __init__(self, source: SourceFacts, work: Path) -> None:
        self._tree = Path(source.tree)
        self._copy = work / _COPY
        self._after = work / _AFTER
        self._made = not source.in_place and self._tree.is_dir()
        if not self._made:
            return
        try:
            shutil.copytree(self._tree, self._copy, symlinks=True)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(self._copy, ignore_errors=True)
            raise BuildscopeError(
                f"the source tree cannot be kept as it is at the failure: {error}",
                hint="look at free space and permissions of the cache",
            ) from error

    def put_back(self) -> None:
        """Where the tree is not as it was: it is kept beside, and the copy takes its place."""
        if not self._made:
            return
        self._made = False
        if self._tree.is_dir():
            if manifest(self._tree, whole=True) == manifest(self._copy, whole=True):
                shutil.rmtree(self._copy)
                return
            self._tree.rename(self._after)
        self._copy.rename(self._tree)
