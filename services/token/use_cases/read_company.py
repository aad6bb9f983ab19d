"""Reading one company."""

from dataclasses import dataclass

from grantstream.service.postgres import Pool, connection
from services.token.domain.company import Company
from services.token.errors import NotFound
from services.token.store import companies


@dataclass(frozen=True, slots=True)
class ReadCompany:
    """Reads companies."""

    pool: Pool

    async def __call__(self, company_id: str) -> Company:
        """The company with this id. Raises NotFound or DatabaseError."""
        async with connection(self.pool) as acquired:
            company = await companies.find(acquired, company_id)
        if company is None:
            raise NotFound("no such company")
        return company
