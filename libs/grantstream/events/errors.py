"""The errors of this package.

EventsError
├── EventTooLarge        larger than the broker accepts; raised when the event is written
├── NotAllowedToPublish  the producer's own token does not allow this event
├── NotAppended          the broker did not acknowledge an event in time; it may have appended it
├── TokenOutlived        an event was appended outside the validity of its token, and is sent again
├── Behind               an earlier event of the same aggregate is sent again first
├── PassingFault         temporary: retry; nothing is wrong with the event (handlers may raise it)
├── PoisonEvent          permanent: dead-letter the event (handlers may raise it)
│   └── ContradictoryEvent   the same version with other content
├── DeadLetterFailed     the copy of a dead letter could not be published, so nothing may be committed
├── DeadLettersNotKept   a group without a database has only copies of its dead letters
├── TokenUnavailable     the token service issued no token
├── OutboxStuck          the outbox does not get shorter: no relay sends its events
├── LossesNotAccepted    a group's losses can't be accepted now
├── RebuildRefused       a projection can't be rebuilt now; the live table is unchanged
└── RebuiltNotCompared   a projection was rebuilt, and can't be compared with its topics
"""

from typing import ClassVar


class EventsError(Exception):
    """An event can't be published, read or applied. The text never holds a payload or a token."""


class EventTooLarge(EventsError):
    """An event is larger than the broker accepts."""

    def __init__(self, event_type: str, size: int, limit: int) -> None:
        super().__init__(f"{event_type}: {size} bytes, and {limit} are the limit")


class NotAllowedToPublish(EventsError):
    """Every consumer would refuse the event: the token lacks the topic's scope, or its key space the subject."""


class NotAppended(EventsError):
    """The broker did not acknowledge an event in time.

    It may have appended it: acknowledgements can get lost. `event_id` is its `ce_id`: if it is published again with
    the same id, consumers that remember ids apply it once.
    """

    def __init__(self, event_type: str, event_id: str, why: str) -> None:
        super().__init__(f"{event_type} {event_id} was not acknowledged: {why}")
        self.event_id = event_id


class TokenOutlived(EventsError):
    """An event was appended outside the validity of its token, so all consumers refuse it."""

    def __init__(self) -> None:
        super().__init__("it was appended outside the validity of its access token")


class Behind(EventsError):
    """An earlier event of the same aggregate has to be sent again, so this one is, too, after it."""

    def __init__(self) -> None:
        super().__init__("an earlier event of its subject was not acknowledged")


class PassingFault(EventsError):
    """Something that an event needs is missing now, but not for ever: the event is retried without limit."""


class PoisonEvent(EventsError):
    """An event that no retry can apply. `code` is the reason in its dead letter."""

    code: ClassVar[str] = "event_poisonous"


class ContradictoryEvent(PoisonEvent):
    """An event has the stored version but different content: two writers, or a forgery."""

    code = "event_contradictory"

    def __init__(self, subject: str, version: int) -> None:
        super().__init__(f"{subject} version {version} is stored with other content")


class DeadLetterFailed(EventsError):
    """The copy of a dead letter could not be published."""


class DeadLettersNotKept(EventsError):
    """A group without a database has only copies of its dead letters."""

    def __init__(self, group_id: str) -> None:
        super().__init__(f"{group_id} has no database, which alone keeps dead letters")


class TokenUnavailable(EventsError):
    """The token service issued no token."""


class OutboxStuck(EventsError):
    """The outbox does not get shorter: no relay sends its events."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} events wait in the outbox, and none is sent: does the service's worker run?")


class LossesNotAccepted(EventsError):
    """A group's losses can't be accepted now. Nothing has changed."""


class RebuildRefused(EventsError):
    """A projection can't be rebuilt now. Nothing has changed."""


class RebuiltNotCompared(EventsError):
    """A projection was rebuilt, and can't be compared with its topics. `why`: the name of the error."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the projection was rebuilt, and could not be compared with its topics ({why})")
