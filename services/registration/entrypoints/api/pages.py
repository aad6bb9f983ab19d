"""Pages of lists; `next` is the address of the following page."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from services.registration.store.paging import Position, Slice


def read_slice(
    limit: Annotated[int, Query(ge=1, le=100, description="How many entries a page has at most.")] = 25,
    cursor: Annotated[str | None, Query(max_length=300, description="From `next` of the page before.")] = None,
) -> Slice:
    """The requested part of a list. Raises InvalidInput for an invalid cursor."""
    return Slice(Position.from_cursor(cursor), limit)


PartOfList = Annotated[Slice, Depends(read_slice)]


def next_link(request: Request, following: Position | None) -> str | None:
    """The path and query of the following page, with the parameters of this one."""
    if following is None:
        return None
    parameters = dict(request.query_params) | {"cursor": following.to_cursor()}
    return f"{request.url.path}?{urlencode(parameters)}"
