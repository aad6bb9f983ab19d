"""The dead letters of one group, for its operators: listed, taken after all once their cause is mended, or dismissed.

The record is read again where it stands, with its token and its proof, and judged by its own append time, as at first.
It is applied and its row closed in one transaction. To apply it twice changes nothing, as with any event, so the
group's members may consume meanwhile. What was refused because its producer's token was void stays refused: the fence
forgets void rules sooner than topics forget records.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.judging import Judge, Rejected, Skipped, Verdict
from grantstream.events.dead.rows import (
    DeadLetter,
    close_dead_letter,
    dead_letter_of,
    dismiss_dead_letter,
    note_dead_letters,
    read_dead_letters,
)
from grantstream.events.errors import DeadLettersNotKept
from grantstream.guard import Guard, RefusalCode
from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.source_records import SourceRecords, open_sources
from grantstream.postgres.pool import Connection

logger = logging.getLogger(__name__)

_LIMIT: Final = 15.0

Outcome = Literal["redriven", "skipped", "behind", "refused", "gone", "failed"]
"""`skipped`: the group has no handler for it any more, and the letter is closed. `behind`: the letter stays open, since
the group still lacks a newer change of its subject, of which the fence told. `refused`: the group can't take it
now, either. `gone`: the topic keeps the record no more, so the letter stays open; a newer event of its subject lifts
the row above it. `failed`: it could not be read or applied in time, and may be tried again."""


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

    async def read(self, *, also_ended: bool = False) -> list[DeadLetter]:
        """The open ones, oldest first. Raises DeadLettersNotKept, and asyncpg's errors."""
        async with self._applying.transaction() as connection:
            if connection is None:
                raise DeadLettersNotKept(self._group_id)
            return await read_dead_letters(connection, self._group_id, also_ended=also_ended)

    async def dismiss(self, letters: Sequence[DeadLetter], *, because: str) -> None:
        """Decides that they will never be taken. Rebuilds leave their records out; rows count again as they are.

        Raises DeadLettersNotKept, and asyncpg's errors; then nothing has changed.
        """
        async with self._applying.transaction() as connection:
            if connection is None:
                raise DeadLettersNotKept(self._group_id)
            for letter in letters:
                await dismiss_dead_letter(connection, letter, because=because)

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
                if letter.reason == RefusalCode.TOKEN_VOID:
                    # The fence has forgotten by now why: the guard would accept it.
                    return Redriven(letter, "refused")
                return await self._taken(letter, await self._judge.judge(record))
        except (TopicsUnreadable, TimeoutError):
            logger.warning("%s could not be redriven in %.0f s", letter.place, self._limit)
            return Redriven(letter, "failed")

    async def _taken(self, letter: DeadLetter, verdict: Verdict) -> Redriven:
        if isinstance(verdict, Skipped):
            async with self._applying.transaction() as connection:
                is_closed = await close_dead_letter(connection, letter, applied=None)
            return Redriven(letter, "skipped" if is_closed else "behind")
        if isinstance(verdict, Rejected):
            return await self._refused(letter, verdict)
        applied = verdict.data.version if isinstance(verdict.data, AggregateState) else None
        is_closed = False

        async def close(connection: Connection) -> None:
            nonlocal is_closed
            is_closed = await close_dead_letter(connection, letter, applied=applied)

        rejected = await self._applying.alone(verdict, also=close)
        if rejected is not None:
            return await self._refused(letter, rejected)
        return Redriven(letter, "redriven" if is_closed else "behind")

    async def _refused(self, letter: DeadLetter, rejected: Rejected) -> Redriven:
        again = dead_letter_of(rejected, self._group_id, self._guard.floor_of)
        async with self._applying.transaction() as connection:
            await note_dead_letters(connection, self._group_id, [again])
        return Redriven(replace(letter, reason=again.reason), "refused")
