"""Dead-lettered states that a rebuilt projection lacks: they are believed, and newer than their rows."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.subjects import record_key
from grantstream.events.consuming.judging import Accepted, Verdict
from grantstream.events.consuming.projection import Projection, names
from grantstream.events.replay.rebuild_table import NewTable
from grantstream.postgres.pool import Connection

logger = logging.getLogger(__name__)


class LeftOut:
    """The newest state of each subject among the dead letters that a rebuild leaves out."""

    def __init__(self, connection: Connection, new: NewTable, projection: Projection[Any]) -> None:
        self._connection = connection
        self._new = new
        self._projection = projection
        self._newest: dict[str, AggregateState] = {}

    def take(self, verdicts: Iterable[Verdict]) -> None:
        """Notes the accepted states; a record that the guard refuses is no state."""
        for state in (verdict.data for verdict in verdicts if isinstance(verdict, Accepted)):
            if isinstance(state, AggregateState):
                known = self._newest.setdefault(state.subject, state)
                self._newest[state.subject] = max(known, state, key=lambda each: each.version)

    async def missed(self) -> Sequence[str]:
        """The record keys of the states whose row is older or missing. Call it after the swap."""
        missed = [state for state in self._newest.values() if not await self._is_projected(state)]
        return sorted(record_key(state.subject) for state in missed)

    async def _is_projected(self, state: AggregateState) -> bool:
        key = self._projection.key
        places = ", ".join(f"${number}" for number in range(1, len(key) + 1))
        try:
            row = self._projection.full_row(state)
            stored = await self._connection.fetchval(
                f"select version from {self._new.live_name} where ({names(key)}) = ({places})",  # noqa: S608 - quoted
                *(row[column] for column in key),
            )
        except Exception as error:
            # It was dead-lettered because something is wrong with it: it may not even have a key.
            logger.info("no row of a dead letter can be looked for: %s", type(error).__name__)
            return False
        return stored is not None and stored >= state.version
