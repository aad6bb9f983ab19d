"""What a group's rebuilds leave out, from `dead.letter` alone."""

from collections.abc import Mapping
from typing import Self

from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven
from grantstream.events.consuming.judging import CatchUpKeys
from grantstream.events.dead.mark_reading import read_marks
from grantstream.guard import Guard


class DeadLetterIndex:
    """What a group has set aside and not taken since: it is in none of its projections, so a rebuild leaves it out."""

    def __init__(self, group_id: str, marks: Mapping[str, DeadLetterEvent]) -> None:
        self._places = frozenset(
            (mark.topic, mark.partition, mark.offset, mark.appended_at_ms)
            for mark in marks.values()
            if mark.group_id == group_id and not isinstance(mark, EventRedriven)
        )

    @classmethod
    async def load(
        cls, bootstrap_servers: str, guard: Guard, group_id: str, *, catch_up_keys: CatchUpKeys | None = None
    ) -> Self:
        """As the group's marks stand now. Raises TopicsUnreadable and KafkaError."""
        return cls(group_id, (await read_marks(bootstrap_servers, guard, catch_up_keys=catch_up_keys)).last)

    def __len__(self) -> int:
        return len(self._places)

    def contains(self, topic: str, partition: int, offset: int, appended_at_ms: int) -> bool:
        """Whether the event at this place is to be left out.

        The append time must be the one that the mark has: a topic that was created anew counts from 0 again.
        """
        return (topic, partition, offset, appended_at_ms) in self._places
