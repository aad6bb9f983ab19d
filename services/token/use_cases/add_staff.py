"""Whoever may run commands on the platform's machines adds review staff."""

from dataclasses import dataclass
from datetime import datetime

from grantstream.contracts.roles import Role
from grantstream.service.postgres import Pool, connection
from services.token.errors import NotFound
from services.token.store import companies
from services.token.use_cases.store_new_user import NewUser, StoredUser, StoreNewUser


@dataclass(frozen=True, slots=True)
class AddStaff:
    """Adds a member of staff to the platform's own company.

    A command has no place on the fence, so it waits for nobody: a user who is new has no older state to go by.
    """

    pool: Pool
    store: StoreNewUser

    async def __call__(self, *, login: str, now: datetime) -> StoredUser:
        """Adds one, with a generated password. Raises NotFound before set-up, InvalidInput, LoginTaken."""
        async with connection(self.pool) as acquired:
            platform = await companies.find_platform(acquired)
        if platform is None:
            raise NotFound("the platform's company does not exist yet; run `seed` first")
        staff = frozenset({Role.REVIEW_STAFF})
        return await self.store(NewUser(company_id=platform.company_id, login=login, roles=staff, by=staff), now)
