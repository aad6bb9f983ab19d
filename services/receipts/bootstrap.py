"""The parts list of receipts: the only file that names concrete parts and puts them together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final, Literal

from uuid_utils.compat import uuid7

from grantstream.contracts.topics import FENCE, RECEIPT_POSTED
from grantstream.events.client_token import ClientCredentialsToken
from grantstream.events.consumer import GuardedConsumer
from grantstream.events.consumer_settings import ConsumerObserver
from grantstream.events.outbox_nudge import OutboxNudge
from grantstream.events.relay import Relay
from grantstream.events.relay_settings import RelayObserver
from grantstream.fence import ProducerToken, RuleBook
from grantstream.guard import Guard
from grantstream.service.app import Api, Running, build_api
from grantstream.service.guarded_process import GuardedProcess, open_guarded_process
from grantstream.service.health import Outcome, database_answers, fence_fresh, holds, migrations_applied
from grantstream.service.jwks_client import fetch_keys
from grantstream.service.postgres import Pool, opened_pool
from grantstream.service.telemetry import metrics
from grantstream.service.telemetry.sampling import sampled
from grantstream.service.worker import WorkerParts
from services.receipts.entrypoints import reads, refusals
from services.receipts.entrypoints.consumer import GROUP, HANDLERS
from services.receipts.entrypoints.documented import POST_PATH, document_posting
from services.receipts.entrypoints.post_receipt import PostReceiptEndpoint
from services.receipts.schemas.check import ReceiptCheck
from services.receipts.schemas.date_times import date_times_of
from services.receipts.schemas.register import SchemaRegister, load_schemas
from services.receipts.settings import ReceiptsSettings
from services.receipts.store.schema import MIGRATIONS
from services.receipts.use_cases.access import Access
from services.receipts.use_cases.list_receipts import ListReceipts
from services.receipts.use_cases.post_receipt import PostReceipt
from services.receipts.use_cases.read_receipt import ReadReceipt
from services.receipts.use_cases.read_status import ReadStatus

EVENT_SOURCE: Final = "urn:grantstream:receipts"
"""`ce_source` of this service's events."""

_EVENT_SCOPES: Final = (RECEIPT_POSTED.scope, FENCE.scope)


def http_app(settings: ReceiptsSettings) -> Api:
    """The application of one http process."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with _pool(settings, "http") as pool, _guarded(settings, "http") as (process, _):
            nudge = OutboxNudge(pool)
            serve(api, settings, pool=pool, guard=process.guard, rules=process.fence.rules, nudge=nudge)
            api.health.add("database", database_answers(pool))
            api.health.add("migrations", migrations_applied(pool, *MIGRATIONS))
            api.health.add("fence", fence_fresh(process.fence))
            yield
            await nudge.close()

    return make_api(settings, running)


def make_api(settings: ReceiptsSettings, running: Running) -> Api:
    """The application, whatever is opened for it while it serves."""
    api = build_api(
        settings,
        title="Receipts",
        description="Receipts v4: e-receipts of users, checked against the schema that the Link header names.",
        running=running,
        routers=[reads.router],
        failures=refusals.failures(),
        render=refusals.render,
    )
    document_posting(api.fastapi)
    return api


def serve(
    api: Api,
    settings: ReceiptsSettings,
    *,
    pool: Pool,
    guard: Guard,
    rules: RuleBook,
    nudge: Callable[[], Awaitable[None]],
) -> None:
    """Gives the application all that its endpoints work with."""
    schemas = load_schemas()
    access = Access(guard=guard, rules=rules, pool=pool, row_wait_limit=settings.row_wait_limit)
    api.state.guard = guard
    api.state.reading = reads.Reading(
        read_receipt=ReadReceipt(pool=pool, access=access),
        list_receipts=ListReceipts(pool=pool, access=access, page_size=settings.receipts_page_size),
        read_status=ReadStatus(pool=pool, access=access, kept=settings.receipts_status_kept, now=_now),
        schemas=schemas,
        base_url=settings.base_url,
    )
    endpoint = PostReceiptEndpoint(
        guard=guard,
        access=access,
        post=_post_receipt(settings, pool, schemas, nudge),
        receivable=frozenset(schemas.receipt_schemas),
        base_url=settings.base_url,
        max_depth=settings.receipts_max_depth,
    )
    api.add_hot("POST", POST_PATH, endpoint)


@asynccontextmanager
async def worker_parts(settings: ReceiptsSettings) -> AsyncIterator[WorkerParts]:
    """What the worker process does: publishes what was committed, and keeps what is known of users."""
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


def _post_receipt(
    settings: ReceiptsSettings, pool: Pool, schemas: SchemaRegister, nudge: Callable[[], Awaitable[None]]
) -> PostReceipt:
    return PostReceipt(
        pool=pool,
        check=ReceiptCheck(schemas),
        date_times={schema_id: date_times_of(schemas, schema_id) for schema_id in schemas.receipt_schemas},
        base_url=settings.base_url,
        source=EVENT_SOURCE,
        max_violations=settings.receipts_max_violations,
        now=_now,
        new_id=uuid7,
        nudge=nudge,
    )


def _pool(settings: ReceiptsSettings, role: str) -> AbstractAsyncContextManager[Pool]:
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
    settings: ReceiptsSettings, role: Literal["http", "worker"]
) -> AsyncIterator[tuple[GuardedProcess, ProducerToken]]:
    """Puts this process on the fence, from its first proof of being current to its goodbye."""
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
            async with sampled(_note_staleness(process)):
                yield process, token
        finally:
            await process.stop()


def _note_staleness(process: GuardedProcess) -> Callable[[], Awaitable[None]]:
    async def measure() -> None:
        metrics.note_fence_staleness(process.fence.staleness())

    return measure


async def _consume(consumer: GuardedConsumer) -> None:
    """Consumes until cancelled; returns, which ends the process, if the consumer died."""
    await consumer.start()
    try:
        while consumer.is_alive():  # noqa: ASYNC110 - its tasks are FastStream's
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


def _now() -> datetime:
    return datetime.now(UTC)
