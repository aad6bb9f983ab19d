"""The dead letters of one group, for its operators: listed, and taken after all once their cause is mended.

The record is read again where it stands, with its token and its proof, and judged by its own append time, as at first.
It is applied and its row closed in one transaction. To apply it twice changes nothing, as with any event, so the
group's members may consume meanwhile.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.judging import Accepted, Judge, Rejected
from grantstream.events.dead.rows import (
    DeadLetter,
    close_dead_letter,
    dead_letter_of,
    note_dead_letters,
    read_dead_letters,
)
from grantstream.events.errors import DeadLettersNotKept
from grantstream.guard import Guard
from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.source_records import SourceRecords, open_sources

logger = logging.getLogger(__name__)

_LIMIT: Final = 15.0

Outcome = Literal["redriven", "refused", "gone", "failed"]
"""`refused`: the group can't take it now, either. `gone`: the topic keeps the record no more, so the row stays open
until a newer event of its subject comes. `failed`: it could not be read or applied in time, and may be tried again."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What came of one dead letter; `letter` has the newest reason."""

    letter: DeadLetter
    outcome: Outcome


class DeadLetters:
    """Those of `group_id`. `applying` has the group's handlers and its database; `judge` knows the handled types.

    `limit`: seconds for each record that is redriven.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        group_id: str,
        guard: Guard,
        judge: Judge,
        applying: Applying,
        *,
        limit: float = _LIMIT,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group_id = group_id
        self._guard = guard
        self._judge = judge
        self._applying = applying
        self._limit = limit

    async def read(self, *, also_redriven: bool = False) -> list[DeadLetter]:
        """The open ones, oldest first. Raises DeadLettersNotKept, and asyncpg's errors."""
        async with self._applying.transaction() as connection:
            if connection is None:
                raise DeadLettersNotKept(self._group_id)
            return await read_dead_letters(connection, self._group_id, also_redriven=also_redriven)

    async def record_of(self, letter: DeadLetter) -> Any | None:
        """Its record as aiokafka has it; None if the topic keeps it no more. Raises TopicsUnreadable and KafkaError."""
        async with open_sources(self._bootstrap_servers) as sources:
            return await sources.find(letter)

    async def redrive(self, letters: Sequence[DeadLetter]) -> AsyncIterator[Redriven]:
        """Takes them one after the other, and tells of each. Raises KafkaError and asyncpg's errors."""
        async with open_sources(self._bootstrap_servers) as sources:
            for letter in letters:
                yield await self._redriven(letter, sources)

    async def _redriven(self, letter: DeadLetter, sources: SourceRecords) -> Redriven:
        try:
            async with asyncio.timeout(self._limit):
                record = await sources.find(letter)
                if record is None:
                    return Redriven(letter, "gone")
                rejected = await self._taken(letter, record)
                if rejected is None:
                    return Redriven(letter, "redriven")
                return await self._refused(letter, rejected)
        except (TopicsUnreadable, TimeoutError):
            logger.warning("%s could not be redriven in %.0f s", letter.place, self._limit)
            return Redriven(letter, "failed")

    async def _taken(self, letter: DeadLetter, record: Any) -> Rejected | None:
        verdict = await self._judge.judge(record)
        close = partial(close_dead_letter, letter=letter)
        if isinstance(verdict, Accepted):
            return await self._applying.alone(verdict, also=close)
        if isinstance(verdict, Rejected):
            return verdict
        # It would be skipped now: a newer consumer has no handler for it any more.
        async with self._applying.transaction() as connection:
            await close(connection)
        return None

    async def _refused(self, letter: DeadLetter, rejected: Rejected) -> Redriven:
        again = dead_letter_of(rejected, self._group_id, self._guard.floor_of)
        async with self._applying.transaction() as connection:
            await note_dead_letters(connection, self._group_id, [again])
        return Redriven(replace(letter, reason=again.reason), "refused")
