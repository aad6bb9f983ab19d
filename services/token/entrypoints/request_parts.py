"""The dependencies and parameters of administration routes: the caller's token, the process's parts, ids."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims
from grantstream.guard.asgi import require
from services.token.errors import NotFound
from services.token.use_cases.parts import Parts


def parts_of(request: Request) -> Parts:
    """The parts that `bootstrap.py` opened for this process."""
    parts: Parts = request.app.state.parts
    return parts


def _possible_id(value: str) -> str:
    # An impossible id gets the same answer as an unknown one, and never reaches the database.
    if not subjects.is_possible_id(value):
        raise NotFound("no object has such an id")
    return value


# The use case checks scope, role and company.
Caller = Annotated[AccessTokenClaims, Depends(require())]
PartsOf = Annotated[Parts, Depends(parts_of)]
CompanyId = Annotated[str, Path(alias="companyId"), AfterValidator(_possible_id)]
UserId = Annotated[str, Path(alias="userId"), AfterValidator(_possible_id)]
Version = Annotated[int, Path(ge=1, lt=2**63, description="The version that the change made.")]
