"""Rows of projections that decide about access: none is older than the fence knows of, or lacks what it forgot."""

from dataclasses import dataclass
from typing import Any

from grantstream.events.consuming.projection import ProjectedRow, Projection
from grantstream.events.consuming.projection_recency import Recency, refuse_far_behind
from grantstream.fence import RuleBook, await_row
from grantstream.postgres.pool import Pool, connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedRows:
    """Reads them. `projections`: whether they are recent enough; `wait_limit`: seconds to wait for a row to come."""

    pool: Pool
    rules: RuleBook
    projections: Recency
    wait_limit: float = 1.0

    async def find(self, projection: Projection[Any], *key: str, at_least: int = 0) -> ProjectedRow | None:
        """The row with this key, of version `at_least`, which a token was issued from. None: nothing is known of it.

        Raises RowBelowFloor, and DatabaseError.
        """
        subject = projection.subject(*key)

        async def read() -> ProjectedRow | None:
            async with connection(self.pool) as acquired:
                return await projection.find(acquired, *key)

        refuse_far_behind(self.projections, subject)
        return await await_row(self.rules, subject, read, at_least=at_least, limit=self.wait_limit)
