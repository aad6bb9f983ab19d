"""Says an aggregate's newest state once more, where the last record of its key is not to be believed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.subjects import LONGEST_ID
from grantstream.contracts.topics import Topic
from grantstream.events.consuming.projection import content_sha256
from grantstream.events.producing.outbox import QUERIES, append
from grantstream.events.relaying.last_word_memory import LastWordMemory, Suspicion, Word
from grantstream.events.relaying.owned_states import OwnedStates, state_for_topic

LONGEST_KEY: Final = 2 * LONGEST_ID + 1
"""In bytes: of an enablement, which has two ids."""


class Repair(StrEnum):
    """What became of a suspicion.

    `waiting`: the relay has something to send there first. `right`: it says what the owner says. `unknown`: the owner
    has no such aggregate. `elsewhere`: the state stands on another topic, and was never told or can't be told on this
    one. `ahead`: a newer state than the owner's was believed. `failed`: looking into it failed.
    """

    REPAIRED = "repaired"
    WAITING = "waiting"
    RIGHT = "right"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    AHEAD = "ahead"
    FAILED = "failed"


class LastWordRepair:
    """Looks at the owner's own rows, and appends through its outbox. `pool` is an asyncpg pool of its database."""

    def __init__(self, pool: Any, owned: Sequence[OwnedStates], source: str, memory: LastWordMemory) -> None:
        self._pool = pool
        self._source = source
        self._owned = {topic.name: states for states in owned for topic in states.topics}
        self._memory = memory

    async def repair(self, suspicion: Suspicion, limit: float) -> Repair:
        """Decides with the row locked: nobody writes a newer state meanwhile, which would then come before ours.

        `limit` seconds are waited for a connection. Raises a failure of the database.
        """
        key = _text(suspicion.key)
        if key is None:
            return Repair.UNKNOWN
        owned = self._owned[suspicion.topic]
        async with self._pool.acquire(timeout=limit) as connection, connection.transaction():
            state = await owned.find(connection, key)
            if state is None:
                return Repair.UNKNOWN
            outcome, state_there = self._decided(suspicion, state, owned.topics)
            if state_there is None:
                return outcome
            # What waits for the relay was read from this row, or is newer than what was heard: it will be heard, too.
            if await QUERIES.waits_on_topic(connection, topic=suspicion.topic, subject=state.subject):
                return Repair.WAITING
            await append(connection, state_there, source=self._source, now=datetime.now(UTC))
        return outcome

    def _decided(
        self, suspicion: Suspicion, state: AggregateState, topics: Sequence[Topic]
    ) -> tuple[Repair, AggregateState | None]:
        """What is to be done, and what to append."""
        said, newest = suspicion.said, self._memory.newest(suspicion.topic, suspicion.key)
        state_there = state_for_topic(suspicion.topic, state)
        if state_there is not None and said == word_of(state_there):
            self._memory.believe(suspicion.topic, suspicion.key, said)
            return Repair.RIGHT, None
        if newest is not None and newest.version > state.version:
            return Repair.AHEAD, None
        if state_there is None or (newest is None and self._is_said(suspicion.key, state, topics)):
            return Repair.ELSEWHERE, None
        return Repair.REPAIRED, state_there

    def _is_said(self, key: bytes, state: AggregateState, topics: Sequence[Topic]) -> bool:
        """Whether the newest state is the last word on any topic of the aggregate."""
        for topic in topics:
            state_there = state_for_topic(topic.name, state)
            if state_there is not None and self._memory.is_last_word(topic.name, key, word_of(state_there)):
                return True
        return False


def word_of(state: AggregateState) -> Word:
    """What a state says, in short."""
    return Word.of(state.version, content_sha256(state))


def _text(key: bytes) -> str | None:
    """The key, if an aggregate of ours could have it: a stranger's may be nothing that a database takes."""
    if len(key) > LONGEST_KEY or not key.isascii():
        return None
    text = key.decode("ascii")
    return text if text.isprintable() else None
