"""The report of a rebuild."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """Records read and rows written. If there is a report, the live table has been replaced.

    `left_out`: number of the group's dead letters; `missed`: the keys of those that are believed and newer than their
    rows. `refused`: other records that are not believed or can't be applied, by reason. Compared to the live table,
    `added` rows are new, `advanced` rows are newer, `corrected` rows have other columns; `kept` rows were copied from
    it. Of these, `contradictions` are the keys of rows whose version has another content in the topics, `unexplained`
    those whose version the topics lack; `not_named` counts further ones. `lost`: partitions of which the group may have
    lost records; a rebuild can't restore them.
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
        """Whether the topics, with every record believed, explain all rows and have no newer states."""
        explained = not (self.missed or self.refused or self.contradictions or self.unexplained or self.not_named)
        return explained and not self.lost
