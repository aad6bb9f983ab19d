"""Copies live rows that the topics lack to the new table, so that no row goes back to an older state.

A live row is copied if it is newer than the new row, if there is no new row, or if the same version has another digest.
Newer rows are normal while changes go on, and explained once their event is read; the report names the unexplained
ones. A live row of the same version and digest is replaced: its columns came from the same state, by older code or by
hand.

The states that the group has dead-lettered stay out, and are told if they are believed and newer than their rows.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.subjects import record_key
from grantstream.events.consuming.judging import Accepted, Verdict
from grantstream.events.consuming.projection import Key, Projection, names, upsert
from grantstream.events.replay.rebuild_table import NewTable
from grantstream.postgres.pool import Connection

_NAMED_AT_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of the tables before rows are copied: numbers of rows, as in RebuildReport."""

    added: int
    advanced: int
    corrected: int
    kept: int


class LiveRows:
    """Compares the new table with the live one, and copies the rows that must not be lost.

    `kept`: the copied rows that no event has explained yet, at most 10,000 of them, with the version and whether they
    contradict; the others are only counted.
    """

    def __init__(self, connection: Connection, new: NewTable, projection: Projection[Any]) -> None:
        self._connection = connection
        self._new = new
        self._projection = projection
        self.kept: dict[Key, tuple[int, bool]] = {}
        self.not_named = 0

    async def compare(self) -> Difference:
        """Counts, without a lock."""
        row = await self._connection.fetchrow(
            f"""select count(*) filter (where l.version is null) as added,
                    count(*) filter (where l.version < n.version) as advanced,
                    count(*) filter (where l.version = n.version and l.content_sha256 = n.content_sha256
                        and ({names(self._new.columns, "l")})::text is distinct from
                            ({names(self._new.columns, "n")})::text) as corrected,
                    count(*) filter (where {_STAYS}) as kept
                from {self._new.live_name} l full join {self._new.full_name} n using ({names(self._projection.key)})
            """  # noqa: S608 - names of the catalogue, quoted
        )
        return Difference(**row)

    async def take_over(self) -> None:
        """Copies the live rows that stay: all of them, if the table is locked against writers."""
        key = self._projection.key
        both = f"from {self._new.live_name} l left join {self._new.full_name} n using ({names(key)}) where {_STAYS}"
        rows = await self._connection.fetch(
            f"""select {names(key, "l")}, l.version, n.version is not distinct from l.version as contradicts,
                    count(*) over () as of_all {both} limit {_NAMED_AT_MOST}"""  # noqa: S608
        )
        for row in rows:
            self.kept[self._projection.key_of(row)] = row["version"], row["contradicts"]
        self.not_named += rows[0]["of_all"] - len(rows) if rows else 0
        source = f"select {names(self._new.columns, 'l')} {both}"
        await self._connection.execute(upsert(self._new.full_name, self._new.columns, key, source, newer_only=False))

    def explain(self, events: Iterable[Accepted]) -> None:
        """Drops the rows from `kept` whose event was read later."""
        if not self.kept:
            return
        for event in events:
            row = self._projection.full_row(event.data)
            known = self.kept.get(self._projection.key_of(row))
            if known is not None and not known[1] and known[0] <= row["version"]:
                del self.kept[self._projection.key_of(row)]

    def contradictions(self) -> Sequence[str]:
        """The keys of live rows whose version has another content in the topics."""
        return sorted("/".join(key) for key, (_, contradicts) in self.kept.items() if contradicts)

    def unexplained(self) -> Sequence[str]:
        """The keys of live rows that the topics lack, or have only in older versions."""
        return sorted("/".join(key) for key, (_, contradicts) in self.kept.items() if not contradicts)


_STAYS: Final = """l.version is not null and (n.version is null or l.version > n.version
    or (l.version = n.version and l.content_sha256 <> n.content_sha256))"""


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
