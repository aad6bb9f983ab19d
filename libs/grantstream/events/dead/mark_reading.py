"""What `dead.letter` tells: the last mark on every event that some group could not take, and which copies are true.

Only marks count that the guard accepts: whoever could write others could make a rebuild leave events out.

The register gives the topic one partition. An operator can give it more; then the marks on one event stand in two of
them, and whoever may append chooses the partition. So the partitions are merged by the brokers' append times.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from heapq import merge
from typing import Final, NamedTuple

from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven, EventSetAside, RedriveAsked
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.topics import DEAD_LETTER
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge
from grantstream.events.replay.topic_reading import open_topics
from grantstream.guard import Guard

_TYPES: Final = frozenset(TYPE_OF_DATA[kind].name for kind in (EventSetAside, RedriveAsked, EventRedriven))


class AppendedMark(NamedTuple):
    """A mark and where it stands, without its record and token: the topic is kept for ever, and all are held at once.

    `name`: as in the inbox, so that nobody can use up another's ids.
    """

    partition: int
    appended_at_ms: int
    name: tuple[str, str, str]
    mark: DeadLetterEvent

    @classmethod
    def of(cls, event: Accepted) -> "AppendedMark | None":
        """None if the event is no mark."""
        envelope, mark = event.envelope, event.data
        if not isinstance(mark, DeadLetterEvent):
            return None
        name = envelope.claims.client_id, envelope.source, envelope.id
        return cls(event.record.partition, event.record.timestamp, name, mark)


class Marks:
    """Marks in the order in which they stand on their topic; the last one of a subject counts."""

    def __init__(self) -> None:
        self._last: dict[str, DeadLetterEvent] = {}
        self._copies: defaultdict[str, set[str]] = defaultdict(set)
        self._published_by_groups: set[str] = set()
        self._seen: set[tuple[str, str, str]] = set()

    @property
    def last(self) -> Mapping[str, DeadLetterEvent]:
        """By subject."""
        return self._last

    def are_the_groups(self, subject: str) -> bool:
        """Whether the group itself told of it; else somebody has only asked the group."""
        return subject in self._published_by_groups

    def copies(self, subject: str) -> Set[str]:
        """The digests of the copies that the group says it made, each time when it set the event aside."""
        return self._copies.get(subject, frozenset())

    def take(self, appended: AppendedMark) -> None:
        """Takes in the next mark; one that stands there again says nothing.

        Whoever may append to the topic, though he has no credential, can append a true mark again as long as its token
        lives, and would have the last word: what was driven again would be dead again. The first one still stands
        there, since the topic is kept for ever.
        """
        mark = appended.mark
        if appended.name in self._seen:
            return
        self._seen.add(appended.name)
        self._last[mark.subject] = mark
        if not isinstance(mark, RedriveAsked):
            self._published_by_groups.add(mark.subject)
        if isinstance(mark, EventSetAside) and mark.copy_sha256 is not None:
            self._copies[mark.subject].add(mark.copy_sha256)


async def read_marks(bootstrap_servers: str, guard: Guard, *, catch_up_keys: CatchUpKeys | None = None) -> Marks:
    """All marks that stand on the topic now. Raises TopicsUnreadable and KafkaError."""
    judge = Judge(guard, _TYPES, ConsumerSettings(), catch_up_keys)
    appended: list[AppendedMark] = []
    async with open_topics(bootstrap_servers, [DEAD_LETTER.name]) as topics:
        async for records in topics.to_the_ends():
            accepted = [verdict for verdict in await judge.judge_all(records) if isinstance(verdict, Accepted)]
            appended += [mark for mark in map(AppendedMark.of, accepted) if mark is not None]
    marks = Marks()
    for mark in in_order(appended):
        marks.take(mark)
    return marks


def in_order(marks: Iterable[AppendedMark]) -> Iterator[AppendedMark]:
    """Marks of several partitions, each in its own order, as one sequence by append time."""
    by_partition: defaultdict[int, list[AppendedMark]] = defaultdict(list)
    for mark in marks:
        by_partition[mark.partition].append(mark)
    return merge(*(by_partition[number] for number in sorted(by_partition)), key=lambda mark: mark.appended_at_ms)
