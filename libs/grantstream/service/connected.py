"""What the roles of a service open first: the database and the fence; the http role also the projections' recency."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from grantstream.events.consuming.projection import Projection, topics_of
from grantstream.events.consuming.projection_recency import ProjectionRecency
from grantstream.events.producing.client_token import ClientCredentialsToken
from grantstream.fence import CredentialSource, Fence
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.jwks_client import fetch_keys
from grantstream.postgres.pool import Pool, opened_pool
from grantstream.service.guarded_process import ProcessRole, opened_guarded_process
from grantstream.service.settings import ServiceSettings


def opened_service_pool(settings: ServiceSettings, role: ProcessRole) -> AbstractAsyncContextManager[Pool]:
    """The pool of one process, by its settings."""
    return opened_pool(
        settings.postgres_dsn,
        application_name=f"{settings.service_name}-{role}",
        min_size=settings.postgres_pool_min,
        max_size=settings.postgres_pool_max,
        statement_timeout=settings.postgres_statement_timeout,
        acquire_timeout=settings.postgres_acquire_timeout,
        connect_timeout=settings.postgres_connect_timeout,
    )


@asynccontextmanager
async def connected(
    settings: ServiceSettings, role: ProcessRole, event_scopes: Iterable[str]
) -> AsyncIterator[tuple[Pool, GuardedProcess, CredentialSource]]:
    """The database, a guarded process and its event token; keys and token come from the token service."""
    token = ClientCredentialsToken(
        token_url=settings.token_url,
        client_id=settings.client_id,
        key=settings.client_key_file,
        audience=settings.base_url,
        scopes=tuple(event_scopes),
    )
    async with (
        opened_service_pool(settings, role) as pool,
        token,
        opened_guarded_process(
            settings,
            pool,
            client_id=settings.client_id,
            role=role,
            token=token,
            keys=await fetch_keys(settings.token_url, settings.trusted_keys),
        ) as process,
    ):
        token.renew_if(process.event_guard.is_void)
        yield pool, process, token


@asynccontextmanager
async def followed_recency(
    settings: ServiceSettings,
    pool: Pool,
    fence: Fence,
    projections: Sequence[Projection[Any]],
) -> AsyncIterator[ProjectionRecency]:
    """Regularly checks whether the service's projections are recent, while the block runs."""
    recency = ProjectionRecency(
        settings.kafka_bootstrap_servers,
        settings.service_name,
        topics_of(projections),
        pool,
        covers_since=lambda: fence.covers_since,
    )
    async with recency.followed():
        yield recency
