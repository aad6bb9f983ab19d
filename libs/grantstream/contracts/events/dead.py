"""What became of an event that a group of consumers could not take: told by the group, and by who drives it again.

These say nothing of the event itself but where it stands. They decide: what was set aside for a group stays out of
every rebuild of that group's projections until it was driven again. So they are events like any other, with a token,
a proof and a key space, while the copies in `<topic>.dead` are for people. The last one of a key counts.
"""

from pydantic import Field

from grantstream.contracts import subjects
from grantstream.contracts.events.state import EventData


class DeadLetterEvent(EventData):
    """About one record, by its place, and one group. `appended_at_ms`: milliseconds since 1970, by the broker."""

    group_id: str = Field(max_length=255)
    topic: str = Field(max_length=249)
    partition: int = Field(ge=0, lt=2**31)
    offset: int = Field(ge=0, lt=2**63)
    appended_at_ms: int = Field(ge=0, lt=2**47)

    @property
    def subject(self) -> str:
        """`dead/{group_id}/{topic}/{partition}/{offset}`."""
        return subjects.dead_letter(self.group_id, self.topic, self.partition, self.offset)


class EventSetAside(DeadLetterEvent):
    """The group could not take the event; `reason` is the code that its dead letter has.

    `copy_sha256`: of the copy in `<topic>.dead` that was made with it; None if none was.
    """

    reason: str = Field(max_length=100)
    copy_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class RedriveAsked(DeadLetterEvent):
    """The group is to read the event again where it stands, and to judge it by its own append time."""


class EventRedriven(DeadLetterEvent):
    """The group has taken the event after all."""
