"""Adds a member of the review staff, as an operator on the platform's machines."""

from grantstream.contracts.roles import Role
from grantstream.postgres.pool import connection
from services.token.errors import NotFound
from services.token.store import companies
from services.token.use_cases.new_people import AddedUser, NewUser, store_new_user
from services.token.use_cases.parts import CommandParts


async def add_staff(parts: CommandParts, login: str) -> AddedUser:
    """Adds a member of staff to the platform's own company, with a generated password.

    A command does not follow the fence, so it waits for no process: a new user has no older state.
    Raises NotFound before set-up, InvalidInput, LoginTaken.
    """
    async with connection(parts.pool) as acquired:
        platform = await companies.find_platform(acquired)
    if platform is None:
        raise NotFound("the platform's company does not exist yet; run `seed` first")
    staff = frozenset({Role.REVIEW_STAFF})
    return await store_new_user(
        parts, NewUser(company_id=platform.state.company_id, login=login, roles=staff, by=staff)
    )
