"""Assembles the parts of receipts: only this file names concrete parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from grantstream.contracts.topics import FENCE, RECEIPT_POSTED
from grantstream.guard import Guard
from grantstream.service.app import Api, Running, build_api
from grantstream.service.background import relay_and_consumer
from grantstream.service.change import Changes
from grantstream.service.connected import connected
from grantstream.service.projected_rows import ProjectedRows
from grantstream.service.service_tables import ServiceTables
from grantstream.service.serving import serving
from grantstream.service.worker import WorkerParts
from services.receipts.entrypoints import problems, reads
from services.receipts.entrypoints.documented import POST_PATH, document_posting
from services.receipts.entrypoints.large_answers import LargeAnswers
from services.receipts.entrypoints.post_receipt import PostReceiptEndpoint
from services.receipts.projections import PROJECTIONS
from services.receipts.schemas.check import ReceiptCheck
from services.receipts.schemas.date_times import date_times_of
from services.receipts.schemas.register import load_schemas
from services.receipts.settings import ReceiptsSettings
from services.receipts.store.sql import MIGRATIONS
from services.receipts.use_cases.parts import Parts

TABLES: Final = ServiceTables(MIGRATIONS, PROJECTIONS)
_EVENT_SCOPES: Final = (RECEIPT_POSTED.scope, FENCE.scope)


def http_app(settings: ReceiptsSettings) -> Api:
    """The application of one http process."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with (
            connected(settings, "http", (FENCE.scope,)) as (pool, process, _),
            serving(api, settings, TABLES, pool, process) as (changes, rows),
        ):
            serve(api, settings, process.guard, rows, changes)
            yield

    return make_api(settings, running)


def make_api(settings: ReceiptsSettings, running: Running) -> Api:
    """The application; `running` opens what it needs while it serves."""
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


def serve(api: Api, settings: ReceiptsSettings, guard: Guard, rows: ProjectedRows, changes: Changes) -> None:
    """Gives the application the parts of its endpoints."""
    schemas = load_schemas()
    parts = Parts(
        pool=changes.pool,
        guard=guard,
        rows=rows,
        changes=changes,
        check=ReceiptCheck(schemas),
        date_times={schema_id: date_times_of(schemas, schema_id) for schema_id in schemas.receipt_schemas},
        base_url=settings.base_url,
        max_violations=settings.receipts_max_violations,
        page_limits=settings.page_limits,
        status_kept=settings.receipts_status_kept,
    )
    large_answers = LargeAnswers(settings.receipts_large_answers_bytes, settings.receipts_large_answer_timeout)
    api.state.guard = guard
    api.state.reading = reads.Reading(parts=parts, large_answers=large_answers, schemas=schemas)
    endpoint = PostReceiptEndpoint(
        parts=parts, receivable=frozenset(schemas.receipt_schemas), max_depth=settings.receipts_max_depth
    )
    api.add_hot("POST", POST_PATH, endpoint)


@asynccontextmanager
async def worker_parts(settings: ReceiptsSettings) -> AsyncIterator[WorkerParts]:
    """The parts of the worker process: it relays the outbox, and maintains the projection of users."""
    async with connected(settings, "worker", _EVENT_SCOPES) as (pool, process, token):
        yield relay_and_consumer(settings, TABLES, pool, process, token)
