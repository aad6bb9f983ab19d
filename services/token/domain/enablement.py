"""One company's permission for one application."""

from dataclasses import dataclass
from typing import Self

from grantstream.contracts.events.registration import EnablementState
from grantstream.contracts.void import VoidBelow


@dataclass(frozen=True, slots=True)
class Enablement:
    """A company's permission for an application, from registration's events."""

    version: int
    enabled: bool
    void_below: VoidBelow

    @classmethod
    def from_state(cls, state: EnablementState) -> Self:
        """The enablement of an event."""
        return cls(state.version, state.enabled, state.void_below)
