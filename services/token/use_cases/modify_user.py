"""Changes a user of the administrator's own company: active or not, roles, a new password."""

from dataclasses import dataclass, field

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.roles import Role
from grantstream.service.in_force import Progress
from services.token.domain.role_assignment import check_role_change
from services.token.domain.user import User
from services.token.errors import NotFound
from services.token.store import companies, users
from services.token.use_cases.callers import demand_user_administrator
from services.token.use_cases.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyUser:
    """The changes of a user; None: no change of this field."""

    company_id: str
    user_id: str
    active: bool | None = None
    roles: frozenset[Role] | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ChangedUser:
    """A changed user, and the progress of the change."""

    user: User
    progress: Progress


async def modify_user(parts: Parts, caller: AccessTokenClaims, order: ModifyUser) -> ChangedUser:
    """Changes a user. A command without a change waits for the present version.

    Raises AccessDenied, NotFound, Forbidden, InvalidInput, Unavailable or DatabaseError.
    """
    demand_user_administrator(parts, caller, "user.write", order.company_id)
    password_hash = await parts.passwords.hash(order.password) if order.password else None
    async with parts.changes.begin() as change:
        before = await users.lock(change.connection, order.user_id)
        company = await companies.find(change.connection, order.company_id)
        if before is None or company is None or before.state.company_id != order.company_id:
            raise NotFound("no such user")
        if order.password:
            parts.password_policy.check(order.password, login=before.state.login)
        after = before.modified(now=change.now, active=order.active, roles=order.roles, password_hash=password_hash)
        check_role_change(by=caller.roles, company=company, before=before.roles, after=after.roles)
        if after is before:
            change.expect(before.state)
        else:
            await users.update(change.connection, after)
            await change.publish(after.state)
    return ChangedUser(after, change.progress)
