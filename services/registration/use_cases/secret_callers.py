"""Authorizes callers for an application's secrets: its own token, and users who may manage it for its company."""

from collections.abc import Callable

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.guard import Requirement
from services.registration.domain.app import App
from services.registration.domain.permissions import roles_that_manage
from services.registration.errors import NotFound
from services.registration.use_cases.callers import demand_owner, demand_writer, is_own_app
from services.registration.use_cases.parts import Parts

_KINDS = frozenset({Principal.USER, Principal.APPLICATION})


async def demand_secret_keeper(parts: Parts, caller: AccessTokenClaims, app_id: str) -> Callable[[App], None]:
    """Authorizes the caller, and returns the check that needs the application.

    An application needs no scope for its own secrets, and may never touch another's. Raises AccessDenied, NotFound,
    UnknownCaller, NotDevelopmentPartner and RowBelowFloor.
    """
    parts.guard.demand(caller, Requirement(None, _KINDS))
    if caller.principal is Principal.APPLICATION:
        if not is_own_app(caller, app_id):
            raise NotFound("application")
        return lambda _: None
    company = await demand_writer(parts, caller, roles_that_manage)
    return lambda app: demand_owner(company.company_id, app)
