"""The worker role of every service: it relays the outbox, and consumes the topics of other services."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from grantstream.asyncapi import service_document, to_json
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.events.consuming.consumer import GuardedConsumer
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings
from grantstream.events.relaying.sweep import OwnerSweep, SweepObserver, SweepSettings
from grantstream.fence import CredentialSource
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.postgres.migrations import MigrationSet
from grantstream.postgres.pool import Pool
from grantstream.service.health import Check, Outcome, database_answers, fence_fresh, free_of, migrations_applied
from grantstream.service.service_tables import ServiceTables
from grantstream.service.settings import ServiceSettings
from grantstream.service.telemetry import metrics
from grantstream.service.worker import Job, WorkerParts

ASYNCAPI_PATH: Final = "/asyncapi.json"
"""Where a worker publishes what it sends and receives (AsyncAPI 3.0)."""

_ALIVE_RECHECK: Final = 1.0


def common_checks(pool: Pool, process: GuardedProcess, migrations: Sequence[MigrationSet]) -> dict[str, Check]:
    """The readiness checks of both roles."""
    return {
        "database": database_answers(pool),
        "migrations": migrations_applied(pool, *migrations),
        "fence": fence_fresh(process.fence),
        "keys": free_of(process.key_trouble),
    }


def relay_and_consumer(
    settings: ServiceSettings,
    tables: ServiceTables,
    pool: Pool,
    process: GuardedProcess,
    token: CredentialSource,
    *,
    other_jobs: Mapping[str, Job] | None = None,
) -> WorkerParts:
    """The relay of the service's outbox and the consumer of other services' events, with their checks and metrics.

    The handlers of `tables` are one consumer group with the service's name.
    """
    relay = Relay(
        settings.postgres_dsn.get_secret_value(),
        settings.kafka_bootstrap_servers,
        token,
        RelaySettings(backlog_limit=settings.outbox_rows_limit, backlog_age_limit=settings.outbox_age_limit),
        _relay_observer(),
    )
    consumer = GuardedConsumer(
        settings.kafka_bootstrap_servers,
        settings.service_name,
        process.event_guard,
        tables.handlers,
        pool,
        consumer_settings_of(settings),
        _consumer_observer(),
        catch_up_keys=process.catch_up_keys,
    )
    sweep = OwnerSweep(
        settings.kafka_bootstrap_servers,
        process.event_guard,
        process.catch_up_keys,
        pool,
        tables.owned,
        source=settings.event_source,
        is_active=lambda: relay.status().role == "active",
        settings=SweepSettings(every=settings.sweep_every),
        observer=SweepObserver(outcome=metrics.count_sweep_outcome),
    )
    jobs: dict[str, Job] = {"relay": relay.run, "consumer": partial(_consume, consumer), **(other_jobs or {})}
    checks = common_checks(pool, process, tables.migrations)
    if tables.owned:
        # No check of readiness: a worker whose daily sweep fails does all its other work.
        jobs["sweep"] = sweep.run

    async def relay_is_well() -> Outcome:
        status = relay.status()
        return Outcome(status.is_healthy, status.detail)

    return WorkerParts(
        jobs=jobs,
        checks=checks | {"relay": relay_is_well, "consumer": free_of(consumer.trouble)},
        documents={ASYNCAPI_PATH: _asyncapi(settings, tables.handlers)},
    )


def consumer_settings_of(settings: ServiceSettings) -> ConsumerSettings:
    """The consumer settings of a worker."""
    return ConsumerSettings(max_records=settings.consumer_max_records, lag_limit=settings.consumer_lag_limit)


def _asyncapi(settings: ServiceSettings, handlers: Iterable[str]) -> bytes:
    follows = {EVENT_TYPES[name].topic.name: EVENT_TYPES[name].topic for name in handlers}
    return to_json(
        service_document(
            settings.service_name,
            follows.values(),
            settings.service_name,
            broker=settings.kafka_bootstrap_servers.partition(",")[0],
            token_url=f"{settings.base_url}/oauth2/v0/token",
        )
    )


async def _consume(consumer: GuardedConsumer) -> None:
    """Consumes until cancelled. If the consumer dies, it returns, which ends the process."""
    await consumer.start()
    try:
        while consumer.is_alive():  # noqa: ASYNC110 - a consumer that dies sets no event
            await asyncio.sleep(_ALIVE_RECHECK)
    finally:
        await consumer.stop()


def _relay_observer() -> RelayObserver:
    return RelayObserver(
        sent=metrics.count_sent,
        failed=metrics.count_send_failure,
        backlog=metrics.note_outbox,
        held=metrics.set_blocked_aggregates,
    )


def _consumer_observer() -> ConsumerObserver:
    return ConsumerObserver(
        handled=lambda topic, events: metrics.count_consumed(topic, "handled", events),
        retried=lambda topic, _reason: metrics.count_consumed(topic, "retried"),
        skipped=metrics.count_consumed,
        dead_letter=metrics.count_dead_letter,
        lag=metrics.note_consumer_lag,
    )
