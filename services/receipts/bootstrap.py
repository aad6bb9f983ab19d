"""The parts list of receipts: the only file that names concrete parts and puts them together."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from uuid_utils.compat import uuid7

from grantstream.contracts.topics import DEAD_LETTER, FENCE, RECEIPT_POSTED
from grantstream.events.consuming.projection_recency import Recency
from grantstream.events.producing.outbox_nudge import OutboxNudge
from grantstream.fence import RuleBook
from grantstream.guard import Guard
from grantstream.service.app import Api, Running, build_api
from grantstream.service.background import common_checks, relay_and_consumer
from grantstream.service.connected import followed_recency, on_the_fence, opened_service_pool
from grantstream.service.health import projections_recent
from grantstream.service.postgres import Pool
from grantstream.service.worker import WorkerParts
from services.receipts.entrypoints import problems, reads
from services.receipts.entrypoints.documented import POST_PATH, document_posting
from services.receipts.entrypoints.large_answers import LargeAnswers
from services.receipts.entrypoints.post_receipt import PostReceiptEndpoint
from services.receipts.projections import PROJECTIONS
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

_EVENT_SCOPES: Final = (RECEIPT_POSTED.scope, DEAD_LETTER.scope, FENCE.scope)


def http_app(settings: ReceiptsSettings) -> Api:
    """The application of one http process."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with (
            opened_service_pool(settings, "http") as pool,
            on_the_fence(settings, pool, "http", (FENCE.scope,)) as (process, _),
            followed_recency(settings, pool, process.fence, PROJECTIONS) as recency,
        ):
            nudge = OutboxNudge(pool)
            serve(
                api,
                settings,
                pool=pool,
                guard=process.guard,
                rules=process.fence.rules,
                projections=recency,
                nudge=nudge,
            )
            for name, check in common_checks(pool, process, MIGRATIONS).items():
                api.health.add(name, check)
            api.health.add("projections", projections_recent(recency), needed=False)
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
        failures=problems.failures(),
        render=problems.render,
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
    projections: Recency,
    nudge: Callable[[], Awaitable[None]],
) -> None:
    """Gives the application all that its endpoints work with."""
    schemas = load_schemas()
    access = Access(
        guard=guard, rules=rules, projections=projections, pool=pool, row_wait_limit=settings.row_wait_limit
    )
    api.state.guard = guard
    api.state.reading = reads.Reading(
        read_receipt=ReadReceipt(pool=pool, access=access),
        list_receipts=ListReceipts(pool=pool, access=access, limits=settings.page_limits),
        read_status=ReadStatus(pool=pool, access=access, kept=settings.receipts_status_kept, now=_now),
        large_answers=LargeAnswers(settings.receipts_large_answers_bytes, settings.receipts_large_answer_timeout),
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
    async with (
        opened_service_pool(settings, "worker") as pool,
        on_the_fence(settings, pool, "worker", _EVENT_SCOPES) as (process, token),
    ):
        yield relay_and_consumer(
            settings,
            pool=pool,
            process=process,
            token=token,
            projections=PROJECTIONS,
            migrations=MIGRATIONS,
        )


def _post_receipt(
    settings: ReceiptsSettings, pool: Pool, schemas: SchemaRegister, nudge: Callable[[], Awaitable[None]]
) -> PostReceipt:
    return PostReceipt(
        pool=pool,
        check=ReceiptCheck(schemas),
        date_times={schema_id: date_times_of(schemas, schema_id) for schema_id in schemas.receipt_schemas},
        base_url=settings.base_url,
        max_violations=settings.receipts_max_violations,
        now=_now,
        new_id=uuid7,
        nudge=nudge,
    )


def _now() -> datetime:
    return datetime.now(UTC)
