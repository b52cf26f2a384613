"""Provisional: to be replaced by its owner's."""

from __future__ import annotations

from datetime import datetime, timedelta

from packaging.version import Version


def upload_of(attempt):
    up = attempt.source.uploaded if attempt.source else None
    return datetime.fromisoformat(up.replace("Z", "+00:00")) if up else None


def cutoff_for(moment, *, legacy_backend):
    day = (moment + timedelta(days=1)).date().isoformat()
    return max(day, "2019-02-07") if legacy_backend else day


def pythons_of_time(moment, interpreters):
    from buildscope.diagnosis.system import newest_python_at

    newest = newest_python_at(moment.isoformat()) if moment else 99
    minors = sorted({int(i.version.split(".")[1]) for i in interpreters})
    old = [m for m in reversed(minors) if m <= newest]
    rest = [m for m in minors if m > newest]
    by = {int(i.version.split(".")[1]): i for i in interpreters}
    return tuple(by[m] for m in [*old, *rest])


def versions_between(session, name, low, high, *, settings, python_version, stop):
    rel = session.choices.releases(name, settings, python_version, stop)
    return sorted(
        (
            r.version
            for r in rel
            if not r.yanked
            and not r.why_not
            and not Version(r.version).is_prerelease
            and Version(low) < Version(r.version) < Version(high)
        ),
        key=Version,
    )


def bound_below(name, good, bad):
    g, b = Version(good), Version(bad)
    parts = str(b).split(".")
    for n in range(1, len(parts) + 1):
        short = ".".join(parts[:n])
        if Version(short) > g:
            return f"{name}<{short}"
    return f"{name}<{b}"
