"""Reads users of the administrator's own company; for other companies' users the answer is NotFound."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import connection
from grantstream.service.in_force import Progress, Version
from services.token.domain.user import User
from services.token.errors import NotFound
from services.token.store import users
from services.token.use_cases.callers import demand_user_administrator
from services.token.use_cases.parts import Parts

_SCOPE = "user.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUser:
    """The user to read."""

    company_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUserChange:
    """A version of a user."""

    company_id: str
    user_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUsers:
    """Up to `size` users after the id `after` ("": from the first)."""

    company_id: str
    after: str
    size: int


async def read_user(parts: Parts, caller: AccessTokenClaims, order: ReadUser) -> User:
    """One user. Raises AccessDenied, NotFound or DatabaseError."""
    demand_user_administrator(parts, caller, _SCOPE, order.company_id)
    async with connection(parts.pool) as acquired:
        user = await users.find(acquired, order.user_id)
    if user is None or user.state.company_id != order.company_id:
        raise NotFound("no such user")
    return user


async def list_users(parts: Parts, caller: AccessTokenClaims, order: ListUsers) -> tuple[list[User], bool]:
    """A page of users, and whether there are more. Raises AccessDenied, NotFound or DatabaseError."""
    demand_user_administrator(parts, caller, _SCOPE, order.company_id)
    async with connection(parts.pool) as acquired:
        page = await users.page_of_company(acquired, order.company_id, after=order.after, page_size=order.size + 1)
    return page[: order.size], len(page) > order.size


async def read_user_change(parts: Parts, caller: AccessTokenClaims, order: ReadUserChange) -> Progress:
    """The progress of a version of a user. Raises AccessDenied, NotFound, NoSuchChange or DatabaseError."""
    user = await read_user(parts, caller, ReadUser(company_id=order.company_id, user_id=order.user_id))
    return await parts.changes.progress(Version.of(user.state), order.version)
