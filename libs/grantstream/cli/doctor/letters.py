"""Open dead letters of the services' groups."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import asyncpg

from grantstream.cli.doctor.finding import Finding, warning, well, wrong
from grantstream.cli.target import Target
from grantstream.events.dead.rows import NOT_KEPT, DeadLetter, read_dead_letters
from grantstream.postgres.passing import STATEMENT_FAILURES

_CONNECT_SECONDS: Final = 5.0
_MOST_KINDS: Final = 20
"""Whoever writes many bad records makes many dead letters, each of another kind."""


async def examine_letters(target: Target) -> list[Finding]:
    """Counts the dead letters that were not redriven."""
    if not target.postgres:
        return [warning("No database is named in the platform's description, so no dead letters were looked for.")]
    found = [each for service, dsn in sorted(target.postgres.items()) for each in await _examined(service, dsn)]
    return found or [well("There are no open dead letters.")]


async def _examined(service: str, dsn: str) -> list[Finding]:
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, command_timeout=_CONNECT_SECONDS)
        try:
            return _judged(await read_dead_letters(connection, service))
        finally:
            connection.terminate()
    except NOT_KEPT:
        return [warning(f"The dead letters of {service} can't be read: migrate its database, or use its own role.")]
    except STATEMENT_FAILURES as error:
        return [wrong(f"The database of {service} can't be asked ({type(error).__name__}).")]


def _judged(letters: Sequence[DeadLetter]) -> list[Finding]:
    kinds = Counter((letter.group_id, letter.topic, letter.reason) for letter in letters)
    more = len(kinds) - _MOST_KINDS
    rest = [warning(f"There are {more} kinds more; see `grantstream dead list`.")] if more > 0 else []
    return [
        warning(
            f"{count} event{'s' * (count > 1)} of {topic} could not be taken by {group} ({reason}): see `grantstream "
            "dead list`, mend the cause, and `grantstream dead redrive`, or `dead dismiss`."
        )
        for (group, topic, reason), count in kinds.most_common(_MOST_KINDS)
    ] + rest
