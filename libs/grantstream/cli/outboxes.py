"""The unpublished events in the outboxes of services with known databases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from grantstream.cli.errors import CommandFailed
from grantstream.events.producing.outbox import QUERIES
from grantstream.postgres.passing import STATEMENT_FAILURES

_CONNECT_SECONDS: Final = 5.0
_COUNT_UP_TO: Final = 100_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """`size` events wait in a service's outbox, the oldest for `age` seconds."""

    service: str
    size: int
    age: float


async def backlogs(postgres: Mapping[str, str]) -> list[Backlog]:
    """Measures each outbox. Raises CommandFailed if a database can't be asked."""
    return [await backlog(service, dsn) for service, dsn in sorted(postgres.items())]


async def backlog(service: str, dsn: str) -> Backlog:
    """Measures one outbox. Raises CommandFailed if the database can't be asked."""
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, command_timeout=_CONNECT_SECONDS)
        try:
            row = await QUERIES.measure_backlog(connection, count_up_to=_COUNT_UP_TO)
        finally:
            connection.terminate()
    except STATEMENT_FAILURES as error:
        raise CommandFailed(f"The database of {service} can't be asked ({type(error).__name__}).") from None
    return Backlog(service, row["size"], float(row["age_seconds"]))
