"""Reads projected rows for access decisions: none is older than the fence's version, or lacks older changes."""

from dataclasses import dataclass
from typing import Any

from grantstream.events.consuming.projection import ProjectedRow, Projection
from grantstream.events.consuming.projection_recency import Recency, require_recent
from grantstream.fence import RuleBook, await_row
from grantstream.postgres.pool import Pool, connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedRows:
    """Reads rows. `projections`: whether they are recent; `wait_limit`: seconds to wait for a row's newest version."""

    pool: Pool
    rules: RuleBook
    projections: Recency
    wait_limit: float = 1.0

    async def find(self, projection: Projection[Any], *key: str, at_least: int = 0) -> ProjectedRow | None:
        """The row with this key, of version `at_least` or newer; a token may name that. None: there is no row.

        Raises RowBelowFloor, and DatabaseError.
        """
        subject = projection.subject(*key)

        async def read() -> ProjectedRow | None:
            async with connection(self.pool) as acquired:
                return await projection.find(acquired, *key)

        require_recent(self.projections, subject)
        return await await_row(self.rules, subject, read, at_least=at_least, limit=self.wait_limit)
