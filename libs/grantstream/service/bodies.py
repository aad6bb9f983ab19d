"""The bodies of requests and answers: JSON in camelCase, read strictly, written by the names of the API."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class RequestBody(BaseModel):
    """A body of the administration: no field that is not known, no type that is nearly right."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, hide_input_in_errors=True
    )


class ResponseBody(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def to_json(response: BaseModel | Sequence[BaseModel]) -> Any:
    """What JSON has of a response, by the names of the API; a field that is None is left out."""
    if isinstance(response, BaseModel):
        return response.model_dump(mode="json", by_alias=True, exclude_none=True)
    return [to_json(one) for one in response]
