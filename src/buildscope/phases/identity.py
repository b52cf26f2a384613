"""Whether a built name and version are the project's own or were made up by the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildscope.model.base import Record
from buildscope.model.names import WarningId
from buildscope.phases.metadata import same_version
from buildscope.phases.stated import Stated

if TYPE_CHECKING:
    from buildscope.model.run import Attempt
    from buildscope.phases.declared import Declared
    from buildscope.phases.metadata import MetadataReading

_MADE_UP_LABELS = ("unknown", "untagged")
_MADE_UP_NAME = "unknown"
_NOTHING = "nothing in the source gives one"


class Verdict(Record, frozen=True):
    """What is wrong with a name or a version."""

    id: WarningId
    summary: str

    @property
    def made_up(self) -> bool:
        """Whether the backend invented it, rather than read it from somewhere."""
        return self.id != "metadata-mismatch"


def judge_version(
    attempt: Attempt, declared: Declared, metadata: MetadataReading
) -> Verdict | None:
    """``default-version`` for 0.0.0 and the like where nothing in the source says so.

    What the sdist's ``PKG-INFO`` or file name says decides; without them, whether any file
    gives a version. Another version that contradicts them is ``metadata-mismatch``.
    """
    version = metadata.version
    expected = _expected(attempt, declared, "version")
    if expected is not None and same_version(expected.value, version):
        return None
    says = _NOTHING if expected is None else f"{expected.file} says {expected.value}"
    if _looks_made_up(version):
        if expected is None and declared.version is not None:
            # A backend that is older than the file's form does not read it.
            if same_version(declared.version.value, version):
                return None
            expected = declared.version
            says = f"{expected.where} says {expected.value}"
        if declared.version is not None and same_version(declared.version.value, version):
            summary = f"{version}, which {declared.version.where} gives, is no release: {says}"
            return Verdict(id="default-version", summary=summary)
        if expected is not None or not _may_be_given(attempt, given=declared.versions_itself):
            return Verdict(
                id="default-version",
                summary=f"{_backend(attempt)} made up the version {version}: {says}",
            )
    return None if expected is None else _mismatch("version", version, says)


def judge_name(
    attempt: Attempt, declared: Declared, metadata: MetadataReading, *, doubtful: bool
) -> Verdict | None:
    """``made-up-name`` for UNKNOWN and for names that setuptools derived from files.

    ``doubtful`` tells that something else in this metadata was made up or ignored: only then
    is a name that no file and no ``PKG-INFO`` gives called made up, as a plugin may set it.
    """
    name = metadata.name
    expected = _expected(attempt, declared, "name")
    if expected is not None and canonicalize_name(expected.value) == canonicalize_name(name):
        return None
    given = _may_be_given(attempt, given=declared.names_itself)
    says = _NOTHING if expected is None else f"{expected.file} says {expected.value}"
    stated = declared.name.value if declared.name is not None else ""
    unknown = (
        canonicalize_name(name) == _MADE_UP_NAME and canonicalize_name(stated) != _MADE_UP_NAME
    )
    if unknown and expected is None and declared.name is not None:
        says = f"{declared.name.where} says {stated}"
    derived = not given and (expected is not None or doubtful)
    if unknown or derived:
        return Verdict(
            id="made-up-name", summary=f"{_backend(attempt)} made up the name {name}: {says}"
        )
    return None if expected is None else _mismatch("name", name, says)


def _mismatch(what: str, built: str, says: str) -> Verdict:
    return Verdict(
        id="metadata-mismatch", summary=f"the metadata has the {what} {built}, but {says}"
    )


def _expected(attempt: Attempt, declared: Declared, key: str) -> Stated | None:
    """From the sdist's own metadata, else from the name of the file it came in."""
    if declared.pkg_info is not None:
        value = declared.pkg_info.name if key == "name" else declared.pkg_info.version
        return Stated(value=value, file=declared.pkg_info.metadata.origin)
    source = attempt.source
    if source is None or source.filename is None:
        return None
    named = source.name if key == "name" else source.version
    return Stated(value=named, file=source.filename) if named else None


def _may_be_given(attempt: Attempt, *, given: bool) -> bool:
    """Only what setuptools reads is known well enough to say that nothing gives it."""
    return given or _backend(attempt) != "setuptools"


def _backend(attempt: Attempt) -> str:
    backend = "the backend" if attempt.backend is None else attempt.backend.backend
    return "setuptools" if backend.startswith("setuptools") else backend


def _looks_made_up(version: str) -> bool:
    try:
        parsed = Version(version)
    except InvalidVersion:
        return False
    label = parsed.local or ""
    return not any(parsed.release) or label.startswith(_MADE_UP_LABELS)
