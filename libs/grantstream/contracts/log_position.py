"""A position in one log of the fence: a token carries it so that a guard knows how far its issuer had read.

A topic that was deleted and created again has another id, so a position never means a record of another log.
"""

from typing import NamedTuple, Self


class LogPosition(NamedTuple):
    """The last record that was applied: `log` is the topic's id, `offset` the record's; -1: none of that log."""

    log: str
    offset: int

    def to_claim(self) -> str:
        """As the claim `fence` of an access token."""
        return f"{self.log}:{self.offset}"

    @classmethod
    def from_claim(cls, claim: str) -> Self:
        """Reads the claim. Raises ValueError for anything that `to_claim` does not write."""
        log, _, offset = claim.rpartition(":")
        position = cls(log, int(offset))
        if position.to_claim() != claim or position.offset < -1:
            raise ValueError("not a position in the fence's log")
        return position
