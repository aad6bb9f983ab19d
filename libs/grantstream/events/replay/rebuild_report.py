"""What came of a rebuild."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """Records read and rows written. The live table has been replaced if there is a report.

    `left_out`: dead letters of the group; `missed`: the keys of those of them that are believed, and newer than their
    rows. `refused`: other records that are not believed or can't be applied, by reason. `added`, `advanced` and
    `corrected` rows are new against the live table, newer, or had other columns; `kept` were the live table's own.
    `contradictions` and `unexplained` are the keys of those of them of whose version the topics tell otherwise or
    nothing; there may be `not_named` more. `lost`: partitions of which the group may have lost records, as topics then
    do not tell all; no rebuild takes that back.
    """

    projection: str
    records: int
    events: int
    skipped: int
    left_out: int
    missed: Sequence[str]
    refused: Mapping[str, int]
    rows: int
    added: int
    advanced: int
    corrected: int
    kept: int
    contradictions: Sequence[str]
    unexplained: Sequence[str]
    not_named: int
    lost: Sequence[str]
    seconds: float
    locked_seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether the topics alone, each record believed, give every row that is there now, and nothing newer."""
        explained = not (self.missed or self.refused or self.contradictions or self.unexplained or self.not_named)
        return explained and not self.lost
