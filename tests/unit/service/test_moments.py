"""Moments have one form in all answers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel

from grantstream.service.bodies import Moment

IN_UTC = datetime(2026, 11, 22, 7, 10, 0, 123_999, UTC)


class Told(BaseModel):
    at: Moment


@pytest.mark.parametrize("at", [IN_UTC, IN_UTC.astimezone(timezone(timedelta(hours=5, minutes=30)))])
def test_a_moment_serialises_as_utc_with_milliseconds_and_z(at: datetime) -> None:
    told = Told(at=at)
    assert told.model_dump() == told.model_dump(mode="json") == {"at": "2026-11-22T07:10:00.123Z"}


def test_a_whole_second_has_its_milliseconds_too() -> None:
    assert Told(at=IN_UTC.replace(microsecond=0)).model_dump() == {"at": "2026-11-22T07:10:00.000Z"}


def test_the_api_document_says_that_it_is_a_time() -> None:
    assert Told.model_json_schema(mode="serialization")["properties"]["at"]["format"] == "date-time"
