"""What goes wrong with events.

EventsError
├── EventTooLarge        more than the broker takes; refused when written
├── PassingFault         try again: nothing is wrong with the event (handlers may raise it)
├── PoisonEvent          never try again: a dead letter (handlers may raise it)
│   └── ContradictoryEvent   the same version with other content
├── DeadLetterFailed     a dead letter could not be published, so nothing may be committed
├── TokenUnavailable     the token service gave no token
└── TopicsNotApplied     the broker refused to create or change a topic
"""

from typing import ClassVar


class EventsError(Exception):
    """Something is wrong with an event or its way. The text never holds a payload or a token."""


class EventTooLarge(EventsError):
    """An event is larger than the broker takes."""

    def __init__(self, event_type: str, size: int, limit: int) -> None:
        super().__init__(f"{event_type}: {size} bytes, and {limit} are the limit")


class PassingFault(EventsError):
    """Something that an event needs isn't there now, and will be: it is tried again, without limit."""


class PoisonEvent(EventsError):
    """An event that can't be applied, however often it is tried. `code` goes into its dead letter."""

    code: ClassVar[str] = "event_poisonous"


class ContradictoryEvent(PoisonEvent):
    """An event has the version that is stored already, and other content: two writers, or a forgery."""

    code = "event_contradictory"

    def __init__(self, subject: str, version: int) -> None:
        super().__init__(f"{subject} version {version} is stored with other content")


class DeadLetterFailed(EventsError):
    """A dead letter could not be published."""


class TokenUnavailable(EventsError):
    """The token service gave no token."""


class TopicsNotApplied(EventsError):
    """The broker refused to create or change a topic."""
