"""The parts list of registration: the only file that names concrete parts and puts them together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final, Literal

from grantstream.events.client_token import ClientCredentialsToken

from grantstream.contracts.topics import APP_ENABLED, APP_REGISTERED, FENCE
from grantstream.events.consumer import GuardedConsumer
from grantstream.events.consumer_settings import ConsumerObserver
from grantstream.events.outbox_nudge import OutboxNudge
from grantstream.events.relay import Relay
from grantstream.events.relay_settings import RelayObserver
from grantstream.fence import Fence, ProducerToken
from grantstream.guard import Guard
from grantstream.service.app import Api, Running, build_api
from grantstream.service.guarded_process import GuardedProcess, open_guarded_process
from grantstream.service.health import Outcome, database_answers, fence_fresh, holds, migrations_applied
from grantstream.service.jwks_client import fetch_keys
from grantstream.service.postgres import Pool, opened_pool
from grantstream.service.telemetry import metrics
from grantstream.service.worker import WorkerParts
from services.registration.entrypoints.api import api_catalogue, app_secrets, apps, company_apps
from services.registration.entrypoints.api.problems import failures
from services.registration.entrypoints.consumer import GROUP, HANDLERS
from services.registration.settings import RegistrationSettings
from services.registration.store.schema import MIGRATIONS
from services.registration.use_cases.parts import Parts

_EVENT_SCOPES: Final = (APP_REGISTERED.scope, APP_ENABLED.scope, FENCE.scope)


def http_app(settings: RegistrationSettings) -> Api:
    """The application of one http process."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with _pool(settings, "http") as pool, _guarded(settings, "http") as (process, _):
            nudge = OutboxNudge(pool)
            serve(api, settings, pool=pool, guard=process.guard, fence=process.fence, nudge=nudge)
            api.health.add("database", database_answers(pool))
            api.health.add("migrations", migrations_applied(pool, *MIGRATIONS))
            api.health.add("fence", fence_fresh(process.fence))
            yield
            await nudge.close()

    return make_api(settings, running)


def make_api(settings: RegistrationSettings, running: Running) -> Api:
    """The application, whatever is opened for it while it serves."""
    return build_api(
        settings,
        title="Application registration and management",
        description=(
            "Registers partner applications, keeps their secrets, and lets companies enable and disable them. "
            "Every change is effective in every process of the platform before it is answered."
        ),
        running=running,
        routers=[apps.router, app_secrets.router, company_apps.router, api_catalogue.router],
        failures=failures(),
    )


def serve(
    api: Api, settings: RegistrationSettings, *, pool: Pool, guard: Guard, fence: Fence, nudge: OutboxNudge
) -> None:
    """Gives the application all that its routes work with."""
    api.state.guard = guard
    api.state.parts = Parts(
        pool=pool,
        guard=guard,
        fence=fence,
        nudge=nudge,
        row_wait_limit=settings.row_wait_limit,
        most_active_secrets=settings.registration_most_active_secrets,
    )


@asynccontextmanager
async def worker_parts(settings: RegistrationSettings) -> AsyncIterator[WorkerParts]:
    """What the worker process does: publishes what was committed, and keeps what is known of companies and users."""
    async with _pool(settings, "worker") as pool, _guarded(settings, "worker") as (process, token):
        relay = Relay(
            settings.postgres_dsn.get_secret_value(),
            settings.kafka_bootstrap_servers,
            token,
            observer=_relay_observer(),
        )
        consumer = GuardedConsumer(
            settings.kafka_bootstrap_servers, GROUP, process.event_guard, HANDLERS, pool, observer=_consumer_observer()
        )

        async def relay_is_well() -> Outcome:
            status = relay.status()
            return Outcome(status.is_healthy, status.detail)

        yield WorkerParts(
            jobs={"relay": relay.run, "consumer": partial(_consume, consumer)},
            checks={
                "database": database_answers(pool),
                "migrations": migrations_applied(pool, *MIGRATIONS),
                "fence": fence_fresh(process.fence),
                "relay": relay_is_well,
                "consumer": holds(consumer.is_ready, "not assigned, not caught up, or dead"),
            },
        )


def _pool(settings: RegistrationSettings, role: str) -> AbstractAsyncContextManager[Pool]:
    return opened_pool(
        settings.postgres_dsn,
        application_name=f"{settings.service_name}-{role}",
        min_size=settings.postgres_pool_min,
        max_size=settings.postgres_pool_max,
        statement_timeout=settings.postgres_statement_timeout,
        acquire_timeout=settings.postgres_acquire_timeout,
    )


@asynccontextmanager
async def _guarded(
    settings: RegistrationSettings, role: Literal["http", "worker"]
) -> AsyncIterator[tuple[GuardedProcess, ProducerToken]]:
    """The process on the fence, from its first proof of being current to its goodbye, and its token for events."""
    token = ClientCredentialsToken(
        token_url=settings.token_url,
        client_id=settings.client_id,
        key_file=settings.client_key_file,
        audience=settings.base_url,
        scopes=_EVENT_SCOPES,
    )
    async with token:
        process = await open_guarded_process(
            settings,
            role=role,
            token=token,
            load_keys=partial(fetch_keys, settings.token_url),
            count_refusal=metrics.count_refusal,
        )
        await process.start()
        try:
            yield process, token
        finally:
            await process.stop()


async def _consume(consumer: GuardedConsumer) -> None:
    """Consumes until cancelled; returns, which ends the process, if the consumer died."""
    await consumer.start()
    try:
        while consumer.is_alive():  # noqa: ASYNC110 - a consumer that died tells nobody
            await asyncio.sleep(1.0)
    finally:
        await consumer.stop()


def _relay_observer() -> RelayObserver:
    return RelayObserver(failed=metrics.count_send_failure, backlog=metrics.note_outbox)


def _consumer_observer() -> ConsumerObserver:
    return ConsumerObserver(
        skipped=metrics.count_consumed,
        dead_letter=metrics.count_dead_letter,
        lag=lambda topic, _partition, records: metrics.note_consumer_lag(topic, records),
    )
