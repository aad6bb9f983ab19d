"""The first set-up: the platform's own company with a staff user, and a sandbox."""

from typing import Any

from grantstream.contracts.roles import Role
from grantstream.service.change import Change
from services.token.domain.company import Company
from services.token.domain.user import User
from services.token.store import companies
from services.token.use_cases.new_people import store_new_company
from services.token.use_cases.parts import CommandParts

STAFF_LOGIN = "staff@platform.example"
SANDBOX_LOGIN = "admin@sandbox.example"


async def seed_platform(parts: CommandParts) -> dict[str, Any]:
    """Creates them. Returns logins and passwords, which are stored nowhere; {} if the platform was set up before.

    Raises LoginTaken, Unavailable or DatabaseError.
    """
    staff_password, sandbox_password = parts.new_password(), parts.new_password()
    staff_hash = await parts.passwords.hash(staff_password)
    sandbox_hash = await parts.passwords.hash(sandbox_password)
    async with parts.changes.begin() as change:
        await companies.lock_set_up(change.connection)
        if await companies.find_platform(change.connection) is not None:
            return {}
        platform = Company.of_the_platform(company_id=parts.new_id(), now=change.now)
        await _store(parts, change, platform, STAFF_LOGIN, staff_hash, Role.REVIEW_STAFF)
        sandbox = Company.open_sandbox(company_id=parts.new_id(), name="Demo Sandbox", now=change.now)
        administrator = await _store(
            parts, change, sandbox, SANDBOX_LOGIN, sandbox_hash, Role.WEB_SERVICES_ADMINISTRATOR
        )
    return {
        "staff": {"login": STAFF_LOGIN, "password": staff_password},
        "sandbox": {
            "company_id": administrator.state.company_id,
            "user_id": administrator.state.user_id,
            "admin_login": SANDBOX_LOGIN,
            "admin_password": sandbox_password,
        },
    }


async def _store(
    parts: CommandParts, change: Change, company: Company, login: str, password_hash: str, role: Role
) -> User:
    user = User.register(
        user_id=parts.new_id(),
        company_id=company.state.company_id,
        login=login,
        password_hash=password_hash,
        roles=frozenset({role}),
        now=change.now,
    )
    await store_new_company(change, company, user)
    return user
