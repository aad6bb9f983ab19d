"""Whoever may run commands on the platform's machines adds review staff."""

from dataclasses import dataclass
from datetime import datetime

from grantstream.contracts.roles import Role
from grantstream.service.postgres import Pool, connection
from services.token.errors import NotFound
from services.token.store import companies
from services.token.use_cases.create_user import CreatedUser, CreateUser


@dataclass(frozen=True, slots=True)
class AddStaff:
    """Adds a member of staff to the platform's own company."""

    pool: Pool
    create_user: CreateUser

    async def __call__(self, *, login: str, now: datetime) -> CreatedUser:
        """Adds one, with a generated password. Raises NotFound before set-up, InvalidInput, LoginTaken."""
        async with connection(self.pool) as acquired:
            platform = await companies.find_platform(acquired)
        if platform is None:
            raise NotFound("the platform's company does not exist yet; run `seed` first")
        staff = frozenset({Role.REVIEW_STAFF})
        return await self.create_user(
            company_id=platform.company_id, login=login, password=None, roles=staff, by=staff, now=now
        )
