"""Assembles the parts of registration: only this file names concrete parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from grantstream.contracts.topics import APP_ENABLED, APP_REGISTERED, FENCE
from grantstream.guard import Guard
from grantstream.service.app import Api, Running, build_api
from grantstream.service.background import relay_and_consumer
from grantstream.service.change import Changes
from grantstream.service.connected import connected
from grantstream.service.projected_rows import ProjectedRows
from grantstream.service.service_tables import ServiceTables
from grantstream.service.serving import serving
from grantstream.service.worker import WorkerParts
from services.registration.entrypoints.api import api_catalogue, app_secrets, apps, company_apps
from services.registration.entrypoints.api.problems import failures
from services.registration.projections import PROJECTIONS
from services.registration.settings import RegistrationSettings
from services.registration.store.sql import MIGRATIONS
from services.registration.use_cases.newest_states import OWNED
from services.registration.use_cases.parts import Parts

TABLES: Final = ServiceTables(MIGRATIONS, PROJECTIONS, OWNED)
_EVENT_SCOPES: Final = (APP_REGISTERED.scope, APP_ENABLED.scope, FENCE.scope)


def http_app(settings: RegistrationSettings) -> Api:
    """The application of one http process."""

    @asynccontextmanager
    async def running(api: Api) -> AsyncIterator[None]:
        async with (
            connected(settings, "http", (FENCE.scope,)) as (pool, process, _),
            serving(api, settings, TABLES, pool, process) as (changes, rows),
        ):
            serve(api, parts_of(settings, process.guard, rows, changes))
            yield

    return make_api(settings, running)


def make_api(settings: RegistrationSettings, running: Running) -> Api:
    """The application; `running` opens what it needs while it serves."""
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


def parts_of(settings: RegistrationSettings, guard: Guard, rows: ProjectedRows, changes: Changes) -> Parts:
    """The parts of the use cases."""
    return Parts(
        pool=changes.pool,
        guard=guard,
        rows=rows,
        changes=changes,
        most_active_secrets=settings.registration_most_active_secrets,
    )


def serve(api: Api, parts: Parts) -> None:
    """Gives the application the parts of its routes."""
    api.state.guard = parts.guard
    api.state.parts = parts


@asynccontextmanager
async def worker_parts(settings: RegistrationSettings) -> AsyncIterator[WorkerParts]:
    """The parts of the worker process: it relays the outbox, and maintains the projections of companies and users."""
    async with connected(settings, "worker", _EVENT_SCOPES) as (pool, process, token):
        yield relay_and_consumer(settings, TABLES, pool, process, token)
