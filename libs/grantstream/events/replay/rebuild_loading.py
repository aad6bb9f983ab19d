"""Writes events to the new table; the newest version of a row wins, and the first of equal ones."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from grantstream.events.consuming.faults import code_of, is_poison
from grantstream.events.consuming.judging import Accepted
from grantstream.events.consuming.projection import Projection
from grantstream.events.errors import RebuildRefused
from grantstream.events.replay.rebuild_table import NewTable
from grantstream.postgres.pool import Connection


class RowLoader:
    """Writes the rows of one projection. `unstorable` counts events that can't be stored, by reason."""

    def __init__(self, connection: Connection, new: NewTable, projection: Projection[Any]) -> None:
        self._connection = connection
        self._new = new
        self._projection = projection
        self.unstorable: Counter[str] = Counter()
        if lacking := {"version", "content_sha256", *projection.key} - set(new.columns):
            raise RebuildRefused(f"{projection.table} has no column {', '.join(sorted(lacking))}")

    async def load(self, events: Sequence[Accepted]) -> None:
        """Writes a batch. Raises RebuildRefused if the projection's rows do not fit its table."""
        if not events:
            return
        states: list[Any] = [event.data for event in events]
        if set(self._projection.full_row(states[0])) != set(self._new.columns):
            raise RebuildRefused(f"the columns of {self._new.live_name} are not those of {self._projection.name}")
        try:
            await self._take(states)
        except Exception as error:
            if not is_poison(error):
                raise
            for state in states:
                await self._take_alone(state)

    async def _take_alone(self, state: Any) -> None:
        try:
            await self._take([state])
        except Exception as error:
            if not is_poison(error):
                raise
            self.unstorable[code_of(error)] += 1

    async def _take(self, states: Sequence[Any]) -> None:
        await self._projection.take(self._connection, states, table=self._new.full_name)
