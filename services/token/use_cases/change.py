"""A change that was committed and must now reach every process."""

from dataclasses import dataclass

from grantstream.contracts.events.state import AggregateState


@dataclass(frozen=True, slots=True)
class Change:
    """A subject with the version that it has since."""

    subject: str
    version: int

    @classmethod
    def to(cls, state: AggregateState) -> "Change":
        """The change that led to a state."""
        return cls(state.subject, state.version)
