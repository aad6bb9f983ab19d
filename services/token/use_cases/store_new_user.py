"""A new user comes to be: checked, stored, told. Whoever answers for it waits besides (`create_user.py`)."""

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
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.publish import tell
from services.token.use_cases.sign_up_sandbox import new_password


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """Who is to be added, where; `by` are the roles of who asks. Without a password one is made."""

    company_id: str
    login: str
    password: str | None = field(default=None, repr=False)
    roles: frozenset[Role]
    by: Collection[str]


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user who was just added. `generated_password`: shown once; None if the caller chose one."""

    user: User
    generated_password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoreNewUser:
    """Stores new users, each with its event."""

    pool: Pool
    passwords: Passwords
    policy: PasswordPolicy

    async def __call__(self, new: NewUser, now: datetime) -> StoredUser:
        """Stores one. Raises NotFound, Forbidden, InvalidInput, LoginTaken, Unavailable or DatabaseError."""
        checked_login(new.login)
        chosen = new.password or new_password()
        self.policy.check(chosen, login=new.login)
        user = User.register(
            user_id=str(uuid_utils.uuid4()),
            company_id=new.company_id,
            login=new.login,
            password_hash=await self.passwords.hash(chosen),
            roles=new.roles,
            now=now,
        )
        async with transaction(self.pool) as acquired:
            company = await companies.find(acquired, new.company_id)
            if company is None:
                raise NotFound("no such company")
            check_role_change(by=new.by, company=company, before=frozenset(), after=new.roles)
            await users.add(acquired, user)
            await tell(acquired, user.registered_event(), now)
        return StoredUser(user, None if new.password else chosen)
