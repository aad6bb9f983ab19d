"""An administrator changes a user of their own company: active or not, roles, a new password."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from grantstream.contracts.roles import Role
from grantstream.service.effect import Effect, Effects
from grantstream.service.postgres import Pool, transaction
from services.token.domain.password_policy import PasswordPolicy
from services.token.domain.role_assignment import check_role_change
from services.token.domain.user import User
from services.token.errors import NotFound
from services.token.store import companies, users
from services.token.use_cases.changes import change_of_user
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.publish import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """What to change; None: leave it."""

    active: bool | None = None
    roles: frozenset[Role] | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ModifyUser:
    """Changes users, and waits until every process knows."""

    pool: Pool
    passwords: Passwords
    policy: PasswordPolicy
    effects: Effects

    async def __call__(
        self, *, company_id: str, user_id: str, changes: UserChanges, by: Collection[str], now: datetime
    ) -> tuple[User, Effect]:
        """Changes one; `by` are the roles of who asks. A change that changes nothing waits for the old version.

        Raises NotFound, Forbidden, InvalidInput, Unavailable or DatabaseError.
        """
        password_hash = await self.passwords.hash(changes.password) if changes.password else None
        async with transaction(self.pool) as acquired:
            before = await users.find_locked(acquired, user_id)
            company = await companies.find(acquired, company_id)
            if before is None or company is None or before.company_id != company_id:
                raise NotFound("no such user")
            if changes.password:
                self.policy.check(changes.password, login=before.login)
            after = before.modified(now=now, active=changes.active, roles=changes.roles, password_hash=password_hash)
            check_role_change(by=by, company=company, before=before.roles, after=after.roles)
            if after is not before:
                await users.save(acquired, after)
                await tell(acquired, after.modified_event(), now)
        return after, await self.effects.of([change_of_user(after)])
