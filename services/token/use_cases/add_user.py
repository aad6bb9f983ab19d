"""Adds a user to the administrator's own company."""

from dataclasses import dataclass, field

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.roles import Role
from services.token.use_cases.callers import demand_user_administrator
from services.token.use_cases.new_people import AddedUser, NewUser, store_new_user
from services.token.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser:
    """The user to add. Without a password one is generated."""

    company_id: str
    login: str
    password: str | None = field(default=None, repr=False)
    roles: frozenset[Role]


async def add_user(parts: Parts, caller: AccessTokenClaims, order: AddUser) -> AddedUser:
    """Adds a user.

    Raises AccessDenied, NotFound, Forbidden, InvalidInput, LoginTaken, Unavailable or DatabaseError.
    """
    demand_user_administrator(parts, caller, "user.write", order.company_id)
    new = NewUser(
        company_id=order.company_id,
        login=order.login,
        password=order.password,
        roles=order.roles,
        by=caller.roles,
    )
    return await store_new_user(parts, new)
