"""The first set-up: the platform's own company with a staff user, and a sandbox to try things in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uuid_utils

from grantstream.contracts.roles import Role
from grantstream.service.postgres import Pool, transaction
from services.token.domain.company import Company
from services.token.domain.user import User
from services.token.store import companies
from services.token.store.queries import QUERIES
from services.token.use_cases.check_password import Passwords
from services.token.use_cases.sign_up_sandbox import found, new_password

STAFF_LOGIN = "staff@platform.example"
SANDBOX_LOGIN = "admin@sandbox.example"


@dataclass(frozen=True, slots=True)
class SeedPlatform:
    """Makes what is missing, once."""

    pool: Pool
    passwords: Passwords

    async def __call__(self, now: datetime) -> dict[str, Any]:
        """What was made, with the passwords that nobody can ask for again; {} if nothing was.

        Raises LoginTaken, Unavailable or DatabaseError.
        """
        staff_password, sandbox_password = new_password(), new_password()
        staff_hash = await self.passwords.hash(staff_password)
        sandbox_hash = await self.passwords.hash(sandbox_password)
        async with transaction(self.pool) as acquired:
            await QUERIES.lock_set_up(acquired)
            if await companies.find_platform(acquired) is not None:
                return {}
            await _found_platform(acquired, staff_hash, now)
            administrator = await _open_sandbox(acquired, sandbox_hash, now)
        return {
            "staff": {"login": STAFF_LOGIN, "password": staff_password},
            "sandbox": {
                "company_id": administrator.company_id,
                "user_id": administrator.user_id,
                "admin_login": SANDBOX_LOGIN,
                "admin_password": sandbox_password,
            },
        }


async def _found_platform(acquired: Any, password_hash: str, now: datetime) -> None:
    company = Company.found_platform(company_id=str(uuid_utils.uuid4()), now=now)
    await found(acquired, company, _user(company, STAFF_LOGIN, password_hash, Role.REVIEW_STAFF, now), now)


async def _open_sandbox(acquired: Any, password_hash: str, now: datetime) -> User:
    company = Company.open_sandbox(company_id=str(uuid_utils.uuid4()), name="Demo Sandbox", now=now)
    user = _user(company, SANDBOX_LOGIN, password_hash, Role.WEB_SERVICES_ADMINISTRATOR, now)
    await found(acquired, company, user, now)
    return user


def _user(company: Company, login: str, password_hash: str, role: Role, now: datetime) -> User:
    return User.register(
        user_id=str(uuid_utils.uuid4()),
        company_id=company.company_id,
        login=login,
        password_hash=password_hash,
        roles=frozenset({role}),
        now=now,
    )
