"""An administrator adds a user to their own company."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import uuid_utils

from grantstream.contracts.roles import Role
from grantstream.service.postgres import Pool, transaction
from services.token.domain.login import checked_login
from services.token.domain.password_policy import PasswordPolicy
from services.token.domain.role_assignment import check_role_change
from services.token.domain.user import User
from services.token.errors import NotFound
from services.token.store import companies, users
from services.token.use_cases.change import Change
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.publish import tell
from services.token.use_cases.sign_up_sandbox import new_password


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """A user who was just added. `generated_password`: shown once; None if the caller chose one."""

    user: User
    generated_password: str | None = field(repr=False)
    change: Change


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Adds users."""

    pool: Pool
    passwords: Passwords
    policy: PasswordPolicy

    async def __call__(
        self,
        *,
        company_id: str,
        login: str,
        password: str | None,
        roles: frozenset[Role],
        by: Collection[str],
        now: datetime,
    ) -> CreatedUser:
        """Adds one; `by` are the roles of who asks.

        Raises NotFound, Forbidden, InvalidInput, LoginTaken, Unavailable or DatabaseError.
        """
        checked_login(login)
        chosen = password or new_password()
        self.policy.check(chosen, login=login)
        password_hash = await self.passwords.hash(chosen)
        user = User.register(
            user_id=str(uuid_utils.uuid4()),
            company_id=company_id,
            login=login,
            password_hash=password_hash,
            roles=roles,
            now=now,
        )
        async with transaction(self.pool) as acquired:
            company = await companies.find(acquired, company_id)
            if company is None:
                raise NotFound("no such company")
            check_role_change(by=by, company=company, before=frozenset(), after=roles)
            await users.add(acquired, user)
            await tell(acquired, user.registered_event(), now)
        return CreatedUser(user, None if password else chosen, Change.to(user.registered_event()))
