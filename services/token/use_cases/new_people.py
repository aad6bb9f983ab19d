"""Checks, stores and publishes new users and companies, for all use cases and commands."""

from collections.abc import Collection
from dataclasses import dataclass, field

from grantstream.contracts.roles import Role
from grantstream.service.change import Change
from grantstream.service.in_force import Progress
from services.token.domain.company import Company
from services.token.domain.login import checked_login
from services.token.domain.role_assignment import check_role_change
from services.token.domain.user import User
from services.token.errors import NotFound
from services.token.store import companies, users
from services.token.use_cases.parts import CommandParts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """The user to add; `by`: the roles of the caller. Without a password one is generated."""

    company_id: str
    login: str
    password: str | None = field(default=None, repr=False)
    roles: frozenset[Role]
    by: Collection[str]


@dataclass(frozen=True, slots=True)
class AddedUser:
    """A new user. `generated_password`: stored nowhere else; None if the caller chose one."""

    user: User
    generated_password: str | None = field(repr=False)
    progress: Progress


async def store_new_user(parts: CommandParts, new: NewUser) -> AddedUser:
    """Stores a user. Raises NotFound, Forbidden, InvalidInput, LoginTaken, Unavailable or DatabaseError."""
    checked_login(new.login)
    chosen = new.password or parts.new_password()
    parts.password_policy.check(chosen, login=new.login)
    password_hash = await parts.passwords.hash(chosen)
    async with parts.changes.begin() as change:
        user = User.register(
            user_id=parts.new_id(),
            company_id=new.company_id,
            login=new.login,
            password_hash=password_hash,
            roles=new.roles,
            now=change.now,
        )
        company = await companies.find(change.connection, new.company_id)
        if company is None:
            raise NotFound("no such company")
        check_role_change(by=new.by, company=company, before=frozenset(), after=new.roles)
        await users.insert(change.connection, user)
        await change.publish(user.registered_event())
    return AddedUser(user, None if new.password else chosen, change.progress)


async def store_new_company(change: Change, company: Company, first_user: User) -> None:
    """Stores a company with its first user. Raises LoginTaken."""
    await companies.insert(change.connection, company)
    await users.insert(change.connection, first_user)
    await change.publish(company.state)
    await change.publish(first_user.registered_event())
