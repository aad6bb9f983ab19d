"""Staff decide whether a company is a Development Partner, which may register applications."""

from dataclasses import dataclass
from datetime import datetime

from grantstream.service.effect import Effect, Effects
from grantstream.service.postgres import Pool, transaction
from services.token.domain.company import Company
from services.token.errors import NotFound
from services.token.store import companies
from services.token.use_cases.changes import change_of_company
from services.token.use_cases.publish import tell


@dataclass(frozen=True, slots=True)
class ModifyCompany:
    """Changes companies, and waits until every process knows."""

    pool: Pool
    effects: Effects

    async def __call__(self, *, company_id: str, development_partner: bool, now: datetime) -> tuple[Company, Effect]:
        """Changes one. A change that changes nothing waits for the old version. Raises NotFound or DatabaseError."""
        async with transaction(self.pool) as acquired:
            before = await companies.find_locked(acquired, company_id)
            if before is None:
                raise NotFound("no such company")
            after = before.as_development_partner(development_partner, now=now)
            if after is not before:
                await companies.save(acquired, after)
                await tell(acquired, after.state(), now)
        return after, await self.effects.of([change_of_company(after)])
