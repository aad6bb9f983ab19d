"""Authorizes callers: scope, kind of token, company, permission, in this order.

Roles come from the token: when a user loses one, the fence voids the token. The user's and the company's rows come from
projections. A row that is older than the fence's version is never used; and no row is used while the projections may
lack changes that the fence has forgotten.
"""

from collections.abc import Callable

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.events.registration import Actor
from grantstream.contracts.roles import Role
from grantstream.guard import Requirement
from services.registration.domain.app import App
from services.registration.domain.company import Company
from services.registration.domain.permissions import READERS, roles_that_manage
from services.registration.errors import NotDevelopmentPartner, NotFound, UnknownCaller
from services.registration.projections import COMPANIES, USERS
from services.registration.use_cases.parts import Parts

READ = "app.read"
WRITE = "app.write"
_USERS = frozenset({Principal.USER})
_USERS_AND_APPLICATIONS = frozenset({Principal.USER, Principal.APPLICATION})


def is_staff(caller: AccessTokenClaims) -> bool:
    """Whether the caller is a member of the platform's review staff."""
    return caller.principal is Principal.USER and Role.REVIEW_STAFF in caller.roles


def is_own_app(caller: AccessTokenClaims, app_id: str) -> bool:
    """Whether the caller is the application itself, with its own token."""
    return caller.principal is Principal.APPLICATION and caller.client_id == app_id


def actor_of(caller: AccessTokenClaims) -> Actor:
    """The caller, for the events of a change."""
    if caller.principal is Principal.USER:
        return Actor(kind="user", id=caller.subject)
    return Actor(kind="client", id=caller.client_id)


async def demand_staff(parts: Parts, caller: AccessTokenClaims, scope: str) -> None:
    """Raises AccessDenied and UnknownCaller unless the caller is a member of the staff."""
    parts.guard.demand(caller, Requirement(scope, _USERS, frozenset({Role.REVIEW_STAFF})))
    await _known_user(parts, caller)


async def demand_writer(
    parts: Parts, caller: AccessTokenClaims, roles_for: Callable[[Company], frozenset[Role]]
) -> Company:
    """The caller's company, if the caller may make changes there: an administrator, or a developer in a sandbox.

    `roles_for` returns the allowed roles for a company. Raises AccessDenied, UnknownCaller, NotDevelopmentPartner and
    RowBelowFloor.
    """
    parts.guard.demand(caller, Requirement(WRITE, _USERS, READERS))
    await _known_user(parts, caller)
    company = await known_company(parts, caller)
    roles = roles_for(company)
    if not roles:
        raise NotDevelopmentPartner
    parts.guard.demand(caller, Requirement(WRITE, _USERS, roles))
    return company


async def demand_reader(parts: Parts, caller: AccessTokenClaims) -> None:
    """Raises AccessDenied and UnknownCaller unless the caller may read the own company's applications."""
    parts.guard.demand(caller, Requirement(READ, _USERS, READERS | {Role.REVIEW_STAFF}))
    await _known_user(parts, caller)


async def demand_secret_keeper(parts: Parts, caller: AccessTokenClaims, app_id: str) -> Callable[[App], None]:
    """Authorizes the caller, and returns the check that needs the application.

    An application needs no scope for its own secrets, and may never touch another's. Raises AccessDenied, NotFound,
    UnknownCaller, NotDevelopmentPartner and RowBelowFloor.
    """
    parts.guard.demand(caller, Requirement(None, _USERS_AND_APPLICATIONS))
    if caller.principal is Principal.APPLICATION:
        if not is_own_app(caller, app_id):
            raise NotFound("application")
        return lambda _: None
    company = await demand_writer(parts, caller, roles_that_manage)
    return lambda app: demand_owner(company.company_id, app)


def demand_own_company(caller: AccessTokenClaims, company_id: str) -> None:
    """Raises NotFound for another company's id, so that ids can't be probed."""
    if caller.company_id != company_id:
        raise NotFound("company")


def demand_owner(company_id: str | None, app: App) -> None:
    """Raises NotFound for another company's application."""
    if app.state.company_id != company_id:
        raise NotFound("application")


async def known_company(parts: Parts, caller: AccessTokenClaims) -> Company:
    """The company of the token. Raises UnknownCaller and RowBelowFloor."""
    if caller.company_id is None:
        raise UnknownCaller
    # The token names it, so it existed when the token was issued.
    row = await parts.rows.find(COMPANIES, caller.company_id, at_least=1)
    if row is None:
        raise UnknownCaller
    return Company(
        company_id=row["company_id"],
        domain=row["domain"],
        development_partner=row["development_partner"],
        sandbox=row["sandbox"],
    )


async def _known_user(parts: Parts, caller: AccessTokenClaims) -> None:
    row = await parts.rows.find(USERS, caller.subject, at_least=caller.user_version or 0)
    if row is None or not row["active"] or row["company_id"] != caller.company_id:
        raise UnknownCaller
