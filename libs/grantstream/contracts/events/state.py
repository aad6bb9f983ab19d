"""What all events have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from grantstream.contracts.versions import Version
from grantstream.contracts.void import VoidBelow


class EventData(BaseModel):
    """The data of an event. Unknown fields are tolerated: a newer producer may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: ClassVar[int] = 1

    def to_bytes(self) -> bytes:
        """The JSON that goes on the wire."""
        return self.model_dump_json().encode()


class AggregateState(EventData):
    """The whole public state of an aggregate after a change; `version` counts its changes from 1."""

    version: Version

    change_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields that describe the change, not the state: they don't count when two states are compared."""

    @property
    def subject(self) -> str:
        """The aggregate's subject (`grantstream.contracts.subjects`)."""
        raise TypeError(f"{type(self).__name__} names no subject")


class VoidableState(AggregateState):
    """State of an aggregate that tokens are issued from; projections keep `void_below`."""

    void_below: VoidBelow = VoidBelow()
