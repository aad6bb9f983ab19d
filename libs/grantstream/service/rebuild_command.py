"""`python -m services.<name> rebuild <projection>`: rebuilds a projection while the service runs.

Needs fewer settings than a role (`observing.py`). Progress goes to the standard
error as lines of JSON, `{"read": ..., "of": ...}` counted in offsets; the report, one JSON object, to the standard
output. Exit code 1, and one sentence on the standard error: nothing has changed. Code 3: it was rebuilt, and could
not be compared with the topics.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import asyncpg
from aiokafka.errors import KafkaError

from grantstream.events.consuming.projection import Projection
from grantstream.events.errors import EventsError, RebuiltNotCompared
from grantstream.events.replay.rebuild import RebuildReport, rebuild, reduced_gc
from grantstream.kafka.errors import TopicFault
from grantstream.postgres.errors import DatabaseError, translated_errors
from grantstream.service.errors import ServiceError
from grantstream.service.observing import ObservingSettings, ProgressWriter, observing
from grantstream.service.settings import settings_or_exit

EXIT_NOT_COMPARED: Final = 3


def rebuild_or_exit(group_id: str, projections: Sequence[Projection[Any]], name: str) -> None:
    """Rebuilds the projection of that name. Ends the process with code 2 if there is none or a setting is wrong."""
    projection = next((known for known in projections if known.name == name), None)
    if projection is None:
        sys.stderr.write(f"there is no projection {name}; there are {', '.join(known.name for known in projections)}\n")
        raise SystemExit(2)
    settings = settings_or_exit(ObservingSettings)
    try:
        report = asyncio.run(run_rebuild(group_id, projection, settings))
    except RebuiltNotCompared as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_NOT_COMPARED) from None
    except (ServiceError, DatabaseError, EventsError, TopicFault, KafkaError) as error:
        sys.stderr.write(f"nothing has changed: {error}\n")
        raise SystemExit(1) from None
    sys.stdout.write(json.dumps(asdict(report) | {"is_clean": report.is_clean}) + "\n")


async def run_rebuild(group_id: str, projection: Projection[Any], settings: ObservingSettings) -> RebuildReport:
    """Rebuilds as the settings say. Raises ServiceError, DatabaseError, EventsError and KafkaError."""
    with reduced_gc():
        return await _run_rebuild(group_id, projection, settings)


async def _run_rebuild(group_id: str, projection: Projection[Any], settings: ObservingSettings) -> RebuildReport:
    async with observing(settings) as process, _server_messages():
        return await rebuild(
            projection,
            group_id=group_id,
            dsn=settings.postgres_dsn.get_secret_value(),
            bootstrap_servers=settings.kafka_bootstrap_servers,
            guard=process.event_guard,
            catch_up_keys=process.catch_up_keys,
            progress=ProgressWriter("read"),
        )


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
