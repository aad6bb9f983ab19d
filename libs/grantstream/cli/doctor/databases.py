"""PostgreSQL: does each answer, does its outbox empty itself, and has its group lost changes."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.errors import CommandFailed
from grantstream.cli.losses import NotReadable, losses_of
from grantstream.cli.outboxes import Backlog, backlog
from grantstream.cli.target import Target
from grantstream.events.consuming.kept_offsets import Loss

_OLD: Final = 10.0
"""An event that has waited longer than these seconds is stuck."""


async def examine_databases(target: Target) -> list[Finding]:
    """Measures the outbox of each known database, and reads what its group may have lost."""
    if not target.postgres:
        return [warning("No database is named in the platform's description, so none was looked at.")]
    examined = [each for service, dsn in sorted(target.postgres.items()) for each in await _examined(service, dsn)]
    faults = [finding for finding in examined if finding.weight != "well"]
    answer = (
        f"{len(target.postgres)} databases answer, their outboxes are empty or emptied, and no group lost anything."
    )
    return faults or [well(answer)]


async def _examined(service: str, dsn: str) -> list[Finding]:
    try:
        outbox = _judged(await backlog(service, dsn))
        return [outbox, *_lost(service, await losses_of(service, dsn))]
    except NotReadable as error:
        return [outbox, warning(str(error))]
    except CommandFailed as error:
        return [wrong(str(error))]


def _lost(service: str, losses: Sequence[Loss]) -> list[Finding]:
    if not losses:
        return []
    first = losses[0]
    more = f" and {len(losses) - 1} more partitions" if len(losses) > 1 else ""
    return [
        wrong(
            f"{service} may have lost changes of {first.topic}/{first.partition}{more} since "
            f"{first.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({first.why}), and refuses what is decided by them: see "
            f"`python -m services.{service} projections`, have the owners publish their states again "
            "(`republish --all`), and say so with `... projections accept`."
        )
    ]


def _judged(waiting: Backlog) -> Finding:
    if waiting.size and waiting.age > _OLD:
        return wrong(
            f"{waiting.size} events wait in the outbox of {waiting.service}, the oldest for {waiting.age:.0f} s: its "
            "worker is down, or can't reach Kafka or the token service, and no change is answered meanwhile."
        )
    return well(f"The outbox of {waiting.service} holds {waiting.size} events.")
