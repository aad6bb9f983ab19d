"""What the live table has that the topics did not tell: taken over, so that nothing goes back to an older state.

A live row stays if it is newer than what was read, if nothing was read of it, or if it has the same version with
another digest. The first is as it should be while changes go on, and is explained as soon as the topics tell of it; of
whatever stays unexplained the report tells. A live row of the same version and digest gives way: its columns were made
from the same state, by older code or by hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grantstream.events.consuming.judging import Accepted
from grantstream.events.consuming.projection import Key, Projection, names, upsert
from grantstream.events.replay.rebuild_table import NewTable
from grantstream.postgres.pool import Connection

_NAMED_AT_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How the tables differ, before anything is taken over: rows by what will be theirs."""

    added: int
    advanced: int
    corrected: int
    kept: int


class LiveRows:
    """Compares the new table with the live one, and takes over what must not be lost.

    `kept` has the rows that were taken over and that no event has explained yet, at most 10,000 of them, with the
    version and the reason; the rest is only counted.
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
        """Takes over the live rows that stay. Whoever has locked the table against writers knows then: all of them."""
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
        """Events that were read later: rows of their version have not come from nowhere."""
        if not self.kept:
            return
        for event in events:
            row = self._projection.full_row(event.data)
            known = self.kept.get(self._projection.key_of(row))
            if known is not None and not known[1] and known[0] <= row["version"]:
                del self.kept[self._projection.key_of(row)]

    def contradictions(self) -> Sequence[str]:
        """The keys of live rows whose version the topics tell otherwise."""
        return sorted("/".join(key) for key, (_, contradicts) in self.kept.items() if contradicts)

    def unexplained(self) -> Sequence[str]:
        """The keys of live rows of which the topics do not tell, or only of older versions."""
        return sorted("/".join(key) for key, (_, contradicts) in self.kept.items() if not contradicts)


_STAYS: Final = """l.version is not null and (n.version is null or l.version > n.version
    or (l.version = n.version and l.content_sha256 <> n.content_sha256))"""
