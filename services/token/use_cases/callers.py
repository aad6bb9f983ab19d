"""Authorizes callers: scope, kind of token, roles, company, in this order."""

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.guard import Requirement
from services.token.domain.role_assignment import MAY_ADMINISTER_USERS
from services.token.errors import NotFound
from services.token.use_cases.parts import Parts

_USERS = frozenset({Principal.USER})


def demand_user_administrator(parts: Parts, caller: AccessTokenClaims, scope: str, company_id: str) -> None:
    """Raises AccessDenied unless the caller administers users, and NotFound for another company's."""
    parts.guard.demand(caller, Requirement(scope, _USERS, MAY_ADMINISTER_USERS))
    if caller.company_id != company_id:
        raise NotFound("another company")  # the same answer as for unknown users


def demand_company_reader(parts: Parts, caller: AccessTokenClaims, company_id: str) -> None:
    """Raises AccessDenied unless the caller is a user, and NotFound for another company, which only staff may read."""
    parts.guard.demand(caller, Requirement("company.read", _USERS))
    if caller.company_id != company_id and Role.REVIEW_STAFF not in caller.roles:
        raise NotFound("another company")


def demand_staff(parts: Parts, caller: AccessTokenClaims, scope: str) -> None:
    """Raises AccessDenied unless the caller is a member of the staff."""
    parts.guard.demand(caller, Requirement(scope, _USERS, frozenset({Role.REVIEW_STAFF})))
