"""Compares one aggregate's row with what a sweep noted of it, and appends the row's state where that is needed."""

import logging
from datetime import UTC, datetime

from grantstream.contracts.events.state import AggregateState
from grantstream.events.producing.outbox import QUERIES, append_all, prepared
from grantstream.events.relaying.owned_states import OwnedStates, first_expressed
from grantstream.events.relaying.sweep_notes import KeyNotes, Outcome, examine, topics_to_try
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.postgres.pool import Connection, Pool

logger = logging.getLogger(__name__)


class SweepRepair:
    """Works on the rows of one kind of aggregate. `limit`: seconds to wait for a connection of the pool."""

    def __init__(self, pool: Pool, owned: OwnedStates, source: str, limit: float) -> None:
        self._pool = pool
        self._owned = owned
        self._source = source
        self._limit = limit

    async def settle(self, key: str, notes: KeyNotes, *, is_final: bool) -> tuple[Outcome, str]:
        """The outcome for one aggregate, and the topic that it concerns.

        All of it is one transaction with the row locked, so a newer state can't get before ours. Unless `is_final`,
        nothing is appended: the right record may not have been read yet. Raises failures of the database; any other
        error concerns this aggregate alone, and must not keep others from being repaired.
        """
        topics = topics_to_try(notes, self._owned.topics)
        try:
            async with self._pool.acquire(timeout=self._limit) as connection, connection.transaction():
                state = await self._owned.find(connection, key)
                outcome = examine(notes, state)
                if state is None or outcome is not Outcome.REPUBLISHED or not is_final:
                    return outcome, topics[0]
                return await self._republish(connection, state, topics)
        except DATABASE_FAILURES:
            raise
        except Exception as error:
            logger.error("%s of %s can't be swept: %s", key, topics[0], type(error).__name__)
            return Outcome.FAILED, topics[0]

    async def _republish(self, connection: Connection, state: AggregateState, topics: list[str]) -> tuple[Outcome, str]:
        # What waits was read from this row, so it becomes the last record of its topic.
        if await QUERIES.waits_on_topics(connection, topics=topics, subject=state.subject):
            return Outcome.WAITING, topics[0]
        expressed = first_expressed(topics, state)
        if expressed is None:
            raise ValueError(f"no topic of {self._owned.name} can express {state.subject}")
        event = prepared(expressed, source=self._source, now=datetime.now(UTC))
        await append_all(connection, [event])
        return Outcome.REPUBLISHED, event.topic
