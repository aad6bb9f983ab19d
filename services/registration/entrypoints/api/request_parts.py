"""The dependencies and parameters of routes: the process's parts, and ids."""

from typing import Annotated

from fastapi import Depends, Path, Request

from grantstream.contracts import subjects
from grantstream.service.request_parts import possible_id
from services.registration.errors import NotFound
from services.registration.use_cases.parts import Parts


def parts_of(request: Request) -> Parts:
    """The parts that `bootstrap.py` opened for this process."""
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]
AppId = Annotated[
    str,
    Path(alias="appId", description="The application's id, its client id."),
    possible_id(lambda: NotFound("application")),
]
CompanyId = Annotated[
    str, Path(alias="companyId", max_length=subjects.LONGEST_ID, description="The caller's own company.")
]
