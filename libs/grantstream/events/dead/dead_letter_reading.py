"""Dead letters as people look at them: the marks that count, with the copies that say what was in the event.

Where there is a mark, it says all but what was in the event, and only a copy whose digest it has says that. A copy
without a mark may be anybody's: it is shown, and that nobody vouches for it. A mark outlives its copy, since the copies
of a topic go with its history, and the record itself may stay for ever in a compacted topic.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from grantstream.contracts import subjects
from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven, EventSetAside, RedriveAsked
from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.judging import CatchUpKeys
from grantstream.events.dead import dead_letter_headers as names
from grantstream.events.dead.copy_digest import copy_digest
from grantstream.events.dead.mark_reading import Marks, read_marks
from grantstream.events.errors import TopicsUnreadable
from grantstream.events.replay.topic_reading import open_topics
from grantstream.guard import Guard
from grantstream.kafka.agreed_topics import existing_topics
from grantstream.kafka.topic_description import TopicDescription

Status = Literal["dead", "asked", "redriven"]
"""`asked`: somebody asked the group to take it again, and it has not done so yet."""

_ALL: Final = frozenset(TOPICS)
_LONGEST_GROUP: Final = 255
_LONGEST_REASON: Final = 100
_ANSWER_SECONDS: Final = 60.0
_LARGEST: Final = 2**47
"""More than any topic has records, and a time in milliseconds that every calendar knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One event that one group could not take.

    `topic`, `partition`, `offset`: where the event itself stands. `appended_at`: when it was appended there, in seconds
    since 1970. `dead_offset`: where its copy stands in `<topic>.dead`; without a copy it is None, and so are key, value
    and headers. `vouched`: the group itself said all of it, signed.
    """

    topic: str
    partition: int
    offset: int
    group: str
    reason: str
    appended_at: float
    status: Status
    vouched: bool
    dead_offset: int | None = None
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def resolved(self) -> Literal["redriven"] | None:
        """How it came to an end; None if it did not."""
        return "redriven" if self.status == "redriven" else None

    @property
    def subject(self) -> str:
        """By which marks are about it."""
        return subjects.dead_letter(self.group, self.topic, self.partition, self.offset)

    @property
    def place(self) -> dict[str, Any]:
        """The fields of a mark about it."""
        return {
            "group_id": self.group,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "appended_at_ms": round(self.appended_at * 1000),
        }


async def read_dead_letters(
    bootstrap_servers: str,
    guard: Guard,
    *,
    topics: Collection[str] = _ALL,
    group_id: str | None = None,
    catch_up_keys: CatchUpKeys | None = None,
) -> AsyncIterator[DeadLetter]:
    """Every dead letter of these source topics, and of one group or of all; each event and group once.

    Raises TopicsUnreadable and KafkaError.
    """
    marks = await read_marks(bootstrap_servers, guard, catch_up_keys=catch_up_keys)
    sources = await _existing(bootstrap_servers, topics)
    seen: set[str] = set()
    async with open_topics(bootstrap_servers, [TOPICS[topic].dead_letters for topic in topics]) as reading:
        async for records in reading.to_the_ends():
            for letter in filter(None, (from_copy(record, marks, sources) for record in records)):
                if letter.subject not in seen and group_id in (None, letter.group):
                    seen.add(letter.subject)
                    yield letter
    for subject, mark in marks.last.items():
        if subject not in seen and mark.topic in topics and group_id in (None, mark.group_id):
            yield _from_mark(mark, vouched=marks.are_the_groups(subject))


async def list_dead_letters(bootstrap_servers: str, guard: Guard, **which: Any) -> list[DeadLetter]:
    """The same as a list, in the order of their append times."""
    letters = [letter async for letter in read_dead_letters(bootstrap_servers, guard, **which)]
    return sorted(letters, key=lambda letter: (letter.appended_at, letter.subject))


async def _existing(bootstrap_servers: str, topics: Collection[str]) -> Mapping[str, TopicDescription]:
    try:
        return await existing_topics(bootstrap_servers, topics, limit=_ANSWER_SECONDS)
    except TimeoutError as error:
        raise TopicsUnreadable(sorted(topics)) from error


def from_copy(record: Any, marks: Marks, sources: Mapping[str, TopicDescription]) -> DeadLetter | None:
    """What a record of a `.dead` topic says; None if it is no dead letter, or not the one that a mark is about.

    `sources`: the topics that exist, by name.
    """
    headers = {name: value for name, value in record.headers if value is not None}
    try:
        topic, group = headers[names.TOPIC].decode(), headers[names.GROUP].decode()
        partition, offset = _number(headers[names.PARTITION]), _number(headers[names.OFFSET])
        appended_at_ms, reason = _number(headers[names.APPENDED_AT]), headers[names.REASON].decode()
    except (KeyError, ValueError):
        return None
    if record.topic != f"{topic}.dead":
        return None
    subject = subjects.dead_letter(group, topic, partition, offset)
    mark = marks.last.get(subject)
    copied: dict[str, Any] = {
        "dead_offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": tuple(record.headers),
    }
    if mark is not None and marks.are_the_groups(subject):
        is_true = copy_digest(record.key, record.value, record.headers) in marks.copies(subject)
        return _from_mark(mark, vouched=True, reason=reason, **copied) if is_true else None
    if mark is not None and mark.appended_at_ms != appended_at_ms:
        return None
    is_there = topic in sources and partition in sources[topic].partitions
    if mark is None and (len(group) > _LONGEST_GROUP or not is_there):
        # No group could have met it, nor could any be asked about it.
        return None
    return DeadLetter(
        topic=topic,
        partition=partition,
        offset=offset,
        group=group,
        reason=reason[:_LONGEST_REASON],
        appended_at=appended_at_ms / 1000,
        status=_status(mark),
        vouched=False,
        **copied,
    )


def _from_mark(mark: DeadLetterEvent, *, vouched: bool, reason: str = "", **copied: Any) -> DeadLetter:
    return DeadLetter(
        topic=mark.topic,
        partition=mark.partition,
        offset=mark.offset,
        group=mark.group_id,
        reason=mark.reason if isinstance(mark, EventSetAside) else reason,
        appended_at=mark.appended_at_ms / 1000,
        status=_status(mark),
        vouched=vouched,
        **copied,
    )


def _number(text: bytes) -> int:
    """A number as dead letters have it. Raises ValueError for any other: nobody vouches for a copy's headers."""
    number = int(text)
    if not 0 <= number < _LARGEST:
        raise ValueError("no place and no time")
    return number


def _status(mark: DeadLetterEvent | None) -> Status:
    if isinstance(mark, EventRedriven):
        return "redriven"
    return "asked" if isinstance(mark, RedriveAsked) else "dead"
