"""The dependencies and parameters of administration routes: the process's parts, and ids."""

from typing import Annotated

from fastapi import Depends, Path, Request

from grantstream.service.request_parts import possible_id
from services.token.errors import NotFound
from services.token.use_cases.parts import Parts


def parts_of(request: Request) -> Parts:
    """The parts that `bootstrap.py` opened for this process."""
    parts: Parts = request.app.state.parts
    return parts


_POSSIBLE = possible_id(lambda: NotFound("no object has such an id"))

PartsOf = Annotated[Parts, Depends(parts_of)]
CompanyId = Annotated[str, Path(alias="companyId"), _POSSIBLE]
UserId = Annotated[str, Path(alias="userId"), _POSSIBLE]
