"""What a route needs of its request: who asks, and what the process works with."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims
from grantstream.guard.asgi import require
from services.registration.errors import NotFound
from services.registration.use_cases.parts import Parts


def parts_of(request: Request) -> Parts:
    """The parts that `bootstrap.py` opened for this process."""
    parts: Parts = request.app.state.parts
    return parts


def _possible_id(value: str) -> str:
    # What can't be an id is answered like an id that is not there, and never reaches the database.
    if not subjects.is_possible_id(value):
        raise NotFound("application")
    return value


# Which scope, permission and company an order needs is decided by its use case, once the object is known.
Caller = Annotated[AccessTokenClaims, Depends(require())]
PartsOf = Annotated[Parts, Depends(parts_of)]
AppId = Annotated[
    str, Path(alias="appId", description="The application's id, its client id."), AfterValidator(_possible_id)
]
CompanyId = Annotated[
    str, Path(alias="companyId", max_length=subjects.LONGEST_ID, description="The caller's own company.")
]
Version = Annotated[int, Path(ge=1, lt=2**63, description="The version that the change made.")]
