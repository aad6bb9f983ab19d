"""Times in the answers of all services: ISO 8601 in UTC, with milliseconds and `Z`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema


def in_milliseconds(moment: datetime) -> str:
    """`2026-11-22T07:10:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(in_milliseconds),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-22T07:10:00.000Z"]}),
]
"""A field of an answer."""
