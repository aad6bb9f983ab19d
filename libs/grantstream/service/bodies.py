"""The bodies of requests and answers: JSON in camelCase; requests are read strictly."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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
