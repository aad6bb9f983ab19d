"""Whose request it is, and whether it may: scope, kind of token, company, permission, in this order.

Roles come from the token: taking one away voids the token (the guard sees to it). The user's and the company's rows
come from projections, and a row that is older than the fence says is never used; nor is any, while the projections lack
what the fence may have forgotten.
"""

from collections.abc import Callable

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.events.registration import Actor
from grantstream.contracts.roles import Role
from grantstream.events.consuming.projection_recency import refuse_far_behind
from grantstream.fence import await_row
from grantstream.guard import Requirement
from grantstream.service.postgres import connection
from services.registration.domain.app import App
from services.registration.domain.company import Company
from services.registration.domain.permissions import READERS
from services.registration.domain.user import User
from services.registration.errors import NotDevelopmentPartner, NotFound, UnknownCaller
from services.registration.store import companies, users
from services.registration.use_cases.parts import Parts

READ = "app.read"
WRITE = "app.write"
_USERS = frozenset({Principal.USER})


def is_staff(claims: AccessTokenClaims) -> bool:
    """Whether the platform's review staff is asking."""
    return claims.principal is Principal.USER and Role.REVIEW_STAFF in claims.roles


def is_own_app(claims: AccessTokenClaims, app_id: str) -> bool:
    """Whether an application asks about itself, with a token of its own."""
    return claims.principal is Principal.APPLICATION and claims.client_id == app_id


def actor_of(claims: AccessTokenClaims) -> Actor:
    """Who is asking, for the events of what is asked for."""
    if claims.principal is Principal.USER:
        return Actor(kind="user", id=claims.subject)
    return Actor(kind="client", id=claims.client_id)


async def demand_staff(parts: Parts, claims: AccessTokenClaims, scope: str) -> None:
    """Raises AccessDenied and UnknownCaller unless a member of the staff asks."""
    parts.guard.demand(claims, Requirement(scope, _USERS, frozenset({Role.REVIEW_STAFF})))
    await _known_user(parts, claims)


async def demand_writer(
    parts: Parts, claims: AccessTokenClaims, roles_for: Callable[[Company], frozenset[Role]]
) -> Company:
    """The caller's company, if the caller may change something there: an administrator, or a developer in a sandbox.

    `roles_for` tells which roles may, for that company. Raises AccessDenied, UnknownCaller, NotDevelopmentPartner and
    RowBelowFloor.
    """
    parts.guard.demand(claims, Requirement(WRITE, _USERS, READERS))
    await _known_user(parts, claims)
    company = await known_company(parts, claims)
    roles = roles_for(company)
    if not roles:
        raise NotDevelopmentPartner
    parts.guard.demand(claims, Requirement(WRITE, _USERS, roles))
    return company


async def demand_reader(parts: Parts, claims: AccessTokenClaims) -> None:
    """Raises AccessDenied and UnknownCaller unless the caller may look at the own company's applications."""
    parts.guard.demand(claims, Requirement(READ, _USERS, READERS | {Role.REVIEW_STAFF}))
    await _known_user(parts, claims)


def demand_own_company(claims: AccessTokenClaims, company_id: str) -> None:
    """Raises NotFound for another company's part of the API, so that ids can't be probed."""
    if claims.company_id != company_id:
        raise NotFound("company")


def demand_owner(company_id: str | None, app: App) -> None:
    """Raises NotFound for another company's application."""
    if app.company_id != company_id:
        raise NotFound("application")


async def known_company(parts: Parts, claims: AccessTokenClaims) -> Company:
    """The company of the token. Raises UnknownCaller and RowBelowFloor."""
    company_id = claims.company_id
    if company_id is None:
        raise UnknownCaller

    async def read() -> Company | None:
        async with connection(parts.pool) as acquired:
            return await companies.find(acquired, company_id)

    refuse_far_behind(parts.projections, subjects.company(company_id))
    # The token names it, so it was there when the token was issued.
    company = await await_row(
        parts.fence.rules, subjects.company(company_id), read, at_least=1, limit=parts.row_wait_limit
    )
    if company is None:
        raise UnknownCaller
    return company


async def _known_user(parts: Parts, claims: AccessTokenClaims) -> None:
    async def read() -> User | None:
        async with connection(parts.pool) as acquired:
            return await users.find(acquired, claims.subject)

    refuse_far_behind(parts.projections, subjects.user(claims.subject))
    issued_from = claims.user_version or 0
    user = await await_row(
        parts.fence.rules, subjects.user(claims.subject), read, at_least=issued_from, limit=parts.row_wait_limit
    )
    if user is None or not user.active or user.company_id != claims.company_id:
        raise UnknownCaller
