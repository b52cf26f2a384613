from __future__ import annotations

from datetime import datetime, timezone

import pytest

from buildscope.configuration.moments import parse_cutoff, uploaded_prior_to
from buildscope.errors import UsageError


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29", datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=timezone.utc)),
        ("2024-02-29T10:00:00+02:00", datetime(2024, 2, 29, 8, tzinfo=timezone.utc)),
        ("2024-02-29T10:00", datetime(2024, 2, 29, 10, tzinfo=timezone.utc)),
        (" 2024-02-29t10:00:00.500z ", datetime(2024, 2, 29, 10, 0, 0, 500000, timezone.utc)),
    ],
)
def test_a_cutoff_is_the_same_on_every_machine(text: str, moment: datetime) -> None:
    assert parse_cutoff(text) == moment
    assert parse_cutoff(text).tzinfo is timezone.utc


def test_installers_are_told_the_first_moment_that_is_left_out() -> None:
    assert uploaded_prior_to("2023-12-31") == "2024-01-01T00:00:00Z"
    assert uploaded_prior_to("2023-01-01T10:00:00Z") == "2023-01-01T10:00:00.000001Z"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2020-02-30", "20240229", "2024-W01", "9999-12-31", "2024-02-29T1"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(UsageError, match="is no date") as error:
        parse_cutoff(text)
    assert error.value.hint
