"""`python -m services.<name> rebuild <projection>`: rebuilds a projection while the service runs.

Needs fewer settings than a role: the database, the brokers, and the issuer's address. Progress goes to the standard
error as lines of JSON, `{"read": ..., "of": ...}` counted in offsets; the report, one JSON object, to the standard
output. Exit code 1, and one sentence on the standard error: nothing has changed.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from grantstream.events.consuming.projection import Projection
from grantstream.events.dead.dead_letter_index import DeadLetterIndex
from grantstream.events.errors import EventsError
from grantstream.events.replay.gc_tuning import reduced_gc
from grantstream.events.replay.rebuild import rebuild
from grantstream.events.replay.rebuild_report import RebuildReport
from grantstream.guard.guarded_process import GuardedProcess
from grantstream.guard.observer import open_observer
from grantstream.postgres.errors import DatabaseError, translated_errors
from grantstream.service.errors import PlatformUnreachable, ServiceError
from grantstream.service.settings import PREFIX, settings_or_exit

_OPENED_WITHIN: Final = 30.0
_KEYS_WITHIN: Final = 10.0
_REPORT_EVERY: Final = 0.5


class RebuildSettings(BaseSettings):
    """The needed settings, with the same names as those of the service's roles."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    postgres_dsn: SecretStr
    kafka_bootstrap_servers: str = Field(min_length=1)
    base_url: str = Field(pattern=r"^https?://[^\s/]+$", description="The issuer.")
    trusted_key_thumbprints: str = ""
    token_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+$", description="Address of its keys.")


def rebuild_or_exit(group_id: str, projections: Sequence[Projection[Any]], name: str) -> None:
    """Rebuilds the projection of that name. Ends the process with code 2 if there is none or a setting is wrong."""
    projection = next((known for known in projections if known.name == name), None)
    if projection is None:
        sys.stderr.write(f"there is no projection {name}; there are {', '.join(known.name for known in projections)}\n")
        raise SystemExit(2)
    settings = settings_or_exit(RebuildSettings)
    try:
        report = asyncio.run(run_rebuild(group_id, projection, settings))
    except (ServiceError, DatabaseError, EventsError, KafkaError) as error:
        sys.stderr.write(f"nothing has changed: {error}\n")
        raise SystemExit(1) from None
    sys.stdout.write(json.dumps(asdict(report) | {"is_clean": report.is_clean}) + "\n")


async def run_rebuild(group_id: str, projection: Projection[Any], settings: RebuildSettings) -> RebuildReport:
    """Rebuilds as the settings say. Raises ServiceError, DatabaseError, EventsError and KafkaError."""
    with reduced_gc():
        return await _run_rebuild(group_id, projection, settings)


async def _run_rebuild(group_id: str, projection: Projection[Any], settings: RebuildSettings) -> RebuildReport:
    async with _observing(settings) as process:
        dead_letters = await DeadLetterIndex.load(
            settings.kafka_bootstrap_servers,
            process.event_guard,
            group_id,
            catch_up_keys=process.catch_up_keys,
        )
        async with _server_messages():
            return await rebuild(
                projection,
                group_id=group_id,
                dsn=settings.postgres_dsn.get_secret_value(),
                bootstrap_servers=settings.kafka_bootstrap_servers,
                guard=process.event_guard,
                dead_letters=dead_letters,
                catch_up_keys=process.catch_up_keys,
                progress=_ProgressWriter(),
            )


@asynccontextmanager
async def _observing(settings: RebuildSettings) -> AsyncIterator[GuardedProcess]:
    """A guard that knows all keys and void bounds, like that of the live consumers."""
    async with AsyncExitStack() as opened:
        try:
            async with asyncio.timeout(_OPENED_WITHIN):
                process = await opened.enter_async_context(
                    open_observer(
                        issuer=settings.base_url,
                        bootstrap_servers=settings.kafka_bootstrap_servers,
                        token_url=settings.token_url,
                        trusted_key_thumbprints=settings.trusted_key_thumbprints.replace(",", " ").split(),
                    )
                )
            await process.catch_up_keys(_KEYS_WITHIN)
        except TimeoutError:
            raise PlatformUnreachable from None
        yield process


@asynccontextmanager
async def _server_messages() -> AsyncIterator[None]:
    """Adds the server's message to the database's errors: here it is about tables, and quotes no row."""
    try:
        async with translated_errors():
            yield
    except DatabaseError as error:
        cause = error.__cause__
        message = cause.args[0] if isinstance(cause, asyncpg.PostgresError) and cause.args else error
        raise DatabaseError(f"the database: {message}") from error


class _ProgressWriter:
    """Writes the progress, twice a second and at the end."""

    def __init__(self) -> None:
        self._written_at = 0.0

    def __call__(self, read: int, of_all: int) -> None:
        now = time.monotonic()
        if now - self._written_at >= _REPORT_EVERY or read == of_all:
            self._written_at = now
            sys.stderr.write(json.dumps({"read": read, "of": of_all}) + "\n")
