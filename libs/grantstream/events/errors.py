"""What goes wrong with events.

EventsError
├── EventTooLarge        more than the broker takes; refused when written
├── NotAllowedToPublish  the producer's own token does not let it write this
├── NotAppended          the broker did not take an event in time, as far as can be known
├── AppendTimeMissing    the broker does not date a topic's records, so that consumers refuse them
├── TopicSilent          a topic acknowledges nothing in time, while others do
├── PassingFault         try again: nothing is wrong with the event (handlers may raise it)
├── PoisonEvent          never try again: a dead letter (handlers may raise it)
│   └── ContradictoryEvent   the same version with other content
├── DeadLetterFailed     a dead letter could not be published, so nothing may be committed
├── TokenUnavailable     the token service gave no token
├── TopicsNotApplied     the broker refused to create or change a topic
├── TopicsUnreadable     a topic isn't there, or nothing comes from it
├── LossesStand          a group can't be declared complete as things are
└── RebuildRefused       a projection can't be made anew as things are; the live table is untouched
"""

from collections.abc import Sequence
from typing import ClassVar


class EventsError(Exception):
    """Something is wrong with an event or its way. The text never holds a payload or a token."""


class EventTooLarge(EventsError):
    """An event is larger than the broker takes."""

    def __init__(self, event_type: str, size: int, limit: int) -> None:
        super().__init__(f"{event_type}: {size} bytes, and {limit} are the limit")


class NotAllowedToPublish(EventsError):
    """Every consumer would refuse the event: the token lacks the topic's scope, or its key space the subject."""


class NotAppended(EventsError):
    """The broker did not acknowledge an event in time.

    It may have it nevertheless, since an acknowledgement can get lost. `event_id` is its `ce_id`: published again with
    that, it is the same event to consumers that remember ids.
    """

    def __init__(self, event_type: str, event_id: str, why: str) -> None:
        super().__init__(f"{event_type} {event_id} was not acknowledged: {why}")
        self.event_id = event_id


class AppendTimeMissing(EventsError):
    """The broker leaves the time of a topic's records to their producer, whom no consumer believes it.

    An acknowledgement is none then. It goes again once the topic is as the register says.
    """

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic} is not dated by the broker: its message.timestamp.type must be LogAppendTime")


class TopicSilent(EventsError):
    """A topic acknowledges nothing in time, while others do."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"{topic} acknowledges nothing while other topics do: are as many replicas in sync as its "
            "min.insync.replicas says?"
        )


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


class TopicsUnreadable(EventsError):
    """Topics can't be read to their ends."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(f"can't be read: {', '.join(topics)}")


class LossesStand(EventsError):
    """What a group lost can't be accepted as things are. Nothing has changed."""


class RebuildRefused(EventsError):
    """A projection can't be made anew as things are. Nothing has changed."""
