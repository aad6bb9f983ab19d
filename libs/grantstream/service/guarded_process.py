"""Opens a service's guarded process from its settings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from grantstream.fence import CredentialSource, FenceSettings, Identity, RuleBook
from grantstream.guard import KeySet
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.postgres.pool import Pool
from grantstream.service.fence_logs import note_log
from grantstream.service.process import instance_id
from grantstream.service.settings import ServiceSettings
from grantstream.service.telemetry import metrics
from grantstream.service.telemetry.sampling import sampled

ProcessRole = Literal["http", "worker"]


@asynccontextmanager
async def opened_guarded_process(
    settings: ServiceSettings,
    pool: Pool,
    *,
    client_id: str,
    role: ProcessRole,
    token: CredentialSource,
    keys: KeySet,
    rules: RuleBook | None = None,
) -> AsyncIterator[GuardedProcess]:
    """The process, from its first proof of being current until it leaves the fence; measures its staleness."""
    process = GuardedProcess(
        Identity(client_id, instance_id(), settings.service_name, role),
        FenceSettings.for_staleness(settings.fence_max_staleness, answer_limit=settings.fence_answer_limit),
        issuer=settings.base_url,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        keys=keys,
        token=token,
        count_refusal=metrics.count_refusal,
        rules=rules,
    )
    await process.start()
    await note_log(pool, process.fence)
    try:
        async with sampled(_note_staleness(process)):
            yield process
    finally:
        await process.stop()


def _note_staleness(process: GuardedProcess) -> Callable[[], Awaitable[None]]:
    async def measure() -> None:
        metrics.note_fence_staleness(process.fence.staleness())

    return measure
