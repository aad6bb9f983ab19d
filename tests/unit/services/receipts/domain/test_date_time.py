"""Date-times that have the right form and name no moment, and how offsets are written when kept."""

import pytest

from services.receipts.domain.date_time import exists, with_colon_in_offset


@pytest.mark.parametrize(
    "value",
    ["2016-12-31T23:59:60+00:00", "2026-03-29T09:15:30,25+0200", "2026-03-29T09+23:59"],
)
def test_a_moment_that_exists_is_known_as_such(value: str) -> None:
    assert exists(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-29T09-00",
        "2026-03-29T09:15-0000",
        "2026-03-29T09:15:30.5-00:00",
        "2026-02-29T09+02",
        "2026-03-29T09+24",
    ],
)
def test_impossible_moments_and_unknown_offsets_are_invalid(value: str) -> None:
    assert not exists(value)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-03-29T09:15:30-0800", "2026-03-29T09:15:30-08:00"),
        ("2026-03-29T09:15:30.250+05", "2026-03-29T09:15:30.250+05:00"),
        ("2026-03-29T09:15:30-08:00", "2026-03-29T09:15:30-08:00"),
        ("some time in March", "some time in March"),
        ("2026-03-29", "2026-03-29"),
    ],
)
def test_an_offset_is_kept_with_hours_colon_minutes(sent: str, kept: str) -> None:
    assert with_colon_in_offset(sent) == kept
