"""The last word on every event that some group could not take, from `dead.letter` alone.

Only marks count that the guard accepts: whoever could write others could make a rebuild leave events out.
"""

from collections.abc import Mapping
from typing import Final, Self

from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven, EventSetAside, RedriveAsked
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.topics import DEAD_LETTER
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, CatchUpKeys, Judge
from grantstream.events.replay.topic_reading import open_topics
from grantstream.guard import Guard

_TYPES: Final = frozenset(TYPE_OF_DATA[kind].name for kind in (EventSetAside, RedriveAsked, EventRedriven))


async def last_marks(
    bootstrap_servers: str, guard: Guard, *, catch_up_keys: CatchUpKeys | None = None
) -> dict[str, DeadLetterEvent]:
    """The last mark on each event and group, by its subject. Raises TopicsUnreadable and KafkaError."""
    judge = Judge(guard, _TYPES, ConsumerSettings(), catch_up_keys)
    marks: dict[str, DeadLetterEvent] = {}
    async with open_topics(bootstrap_servers, [DEAD_LETTER.name]) as topics:
        async for records in topics.to_the_ends():
            for verdict in await judge.judge_all(records):
                if isinstance(verdict, Accepted) and isinstance(verdict.data, DeadLetterEvent):
                    marks[verdict.data.subject] = verdict.data
    return marks


class DeadLetterIndex:
    """What a group has set aside and not taken since: it is in none of its projections, so a rebuild leaves it out."""

    def __init__(self, group_id: str, marks: Mapping[str, DeadLetterEvent]) -> None:
        self._places = frozenset(
            (mark.topic, mark.partition, mark.offset)
            for mark in marks.values()
            if mark.group_id == group_id and not isinstance(mark, EventRedriven)
        )

    @classmethod
    async def load(
        cls, bootstrap_servers: str, guard: Guard, group_id: str, *, catch_up_keys: CatchUpKeys | None = None
    ) -> Self:
        """As the group's marks stand now. Raises TopicsUnreadable and KafkaError."""
        return cls(group_id, await last_marks(bootstrap_servers, guard, catch_up_keys=catch_up_keys))

    def __len__(self) -> int:
        return len(self._places)

    def contains(self, topic: str, partition: int, offset: int) -> bool:
        """Whether the event at this place is to be left out."""
        return (topic, partition, offset) in self._places
