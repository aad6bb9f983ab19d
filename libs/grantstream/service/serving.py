"""What an http process of any service opens around its routes: its changes and its projected rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grantstream.events.producing.outbox import OutboxNudge
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.postgres.pool import Pool
from grantstream.service.app import Api
from grantstream.service.background import common_checks
from grantstream.service.change import Changes
from grantstream.service.connected import followed_recency
from grantstream.service.health import projections_recent
from grantstream.service.in_force import InForce
from grantstream.service.projected_rows import ProjectedRows
from grantstream.service.service_tables import ServiceTables
from grantstream.service.settings import ServiceSettings


@asynccontextmanager
async def serving(
    api: Api,
    settings: ServiceSettings,
    tables: ServiceTables,
    pool: Pool,
    process: GuardedProcess,
) -> AsyncIterator[tuple[Changes, ProjectedRows]]:
    """Adds the health checks, and yields what routes need to make changes and to read projected rows."""
    nudge = OutboxNudge(pool)
    async with followed_recency(settings, pool, process.fence, tables.projections) as recency:
        for name, check in common_checks(pool, process, tables.migrations).items():
            api.health.add(name, check)
        api.health.add("projections", projections_recent(recency), needed=False)
        changes = Changes(pool=pool, source=settings.event_source, in_force=InForce(pool, process.fence), nudge=nudge)
        rows = ProjectedRows(
            pool=pool, rules=process.fence.rules, projections=recency, wait_limit=settings.row_wait_limit
        )
        try:
            yield changes, rows
        finally:
            await nudge.close()
