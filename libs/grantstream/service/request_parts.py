"""What routes of every service read from a request: the caller, ids, a version."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Path
from pydantic import AfterValidator

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims
from grantstream.guard.asgi import require

Caller = Annotated[AccessTokenClaims, Depends(require())]
"""Any valid token. The use case checks scope, permission and company, because it knows the object."""

Version = Annotated[int, Path(ge=1, lt=2**63, description="The version that the change made.")]


def possible_id(not_found: Callable[[], Exception]) -> AfterValidator:
    """Gives an impossible id the same answer as an unknown one; it never reaches the database."""

    def check(value: str) -> str:
        if not subjects.is_possible_id(value):
            raise not_found()
        return value

    return AfterValidator(check)
