"""PostgreSQL: does each answer, and does its outbox empty itself."""

from typing import Final

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.errors import CommandFailed
from grantstream.cli.outboxes import Backlog, backlog
from grantstream.cli.target import Target

_OLD: Final = 10.0
"""After so many seconds an event that waits has been held up by something."""


async def examine_databases(target: Target) -> list[Finding]:
    """Measures the outbox of each database that is known."""
    if not target.postgres:
        return [warning("No database is named in the platform's description, so none was looked at.")]
    found = [await _examined(service, dsn) for service, dsn in sorted(target.postgres.items())]
    wrongs = [finding for finding in found if finding.weight != "well"]
    return wrongs or [well(f"{len(found)} databases answer, and their outboxes are empty or emptied.")]


async def _examined(service: str, dsn: str) -> Finding:
    try:
        waiting = await backlog(service, dsn)
    except CommandFailed as error:
        return wrong(str(error))
    return _judged(waiting)


def _judged(waiting: Backlog) -> Finding:
    if waiting.size and waiting.age > _OLD:
        return wrong(
            f"{waiting.size} events wait in the outbox of {waiting.service}, the oldest for {waiting.age:.0f} s: its "
            "worker is down, or can't reach Kafka or the token service, and no change is answered meanwhile."
        )
    return well(f"The outbox of {waiting.service} holds {waiting.size} events.")
