"""The bodies of requests and answers: JSON in camelCase, times as ISO 8601 in UTC; requests are read strictly."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel


def in_milliseconds(moment: datetime) -> str:
    """`2026-11-22T07:10:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(in_milliseconds),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-22T07:10:00.000Z"]}),
]
"""A time in an answer."""


class RequestBody(BaseModel):
    """A request's body: unknown fields are refused, and types are not converted."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )


class ResponseBody(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def to_json(response: BaseModel | Sequence[BaseModel]) -> Any:
    """The JSON value of a response, in camelCase; fields that are None are left out."""
    if isinstance(response, BaseModel):
        return response.model_dump(mode="json", by_alias=True, exclude_none=True)
    return [to_json(one) for one in response]
