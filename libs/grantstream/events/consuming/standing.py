"""Where a group goes on in a partition, from the place that it kept and the log as the broker has it now.

The enemy is a log that is not the one which the group was reading, or not all of it: the topic was deleted and created
anew, records were deleted that the group had not read, or the log was cut at its end. What was in between can't be
known. The group then begins with what is there, since versions and the inbox make repeats harmless; and of a topic of
states, from which rows are made that decide about access, the loss is noted until somebody accepts it.
"""

from dataclasses import dataclass

from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.kept_places import KeptPlace, NewPlace
from grantstream.events.consuming.log_bounds import LogBounds


@dataclass(frozen=True, slots=True)
class Standing:
    """The offset to go on at; `gap` says what is wrong with the way from the place that was kept to there.

    `certain`: one look is enough. Other gaps may be closed by the batch in hand, or be a broker's that lags.
    """

    next_offset: int
    gap: str | None = None
    certain: bool = True

    def new_place(self, topic: str, topic_id: str) -> NewPlace:
        """The row for it. By a topic of facts nothing is decided, so a gap there is nobody's loss."""
        return NewPlace(topic_id, self.next_offset, self.gap if is_of_states(topic) else None)


def is_of_states(topic: str) -> bool:
    """Whether rows that decide about access are made of a topic: then none of its records may be missed."""
    known = TOPICS.get(topic)
    return known is not None and known.cleanup == "compact"


def standing_of(topic: str, kept: KeptPlace | None, committed: int | None, log: LogBounds) -> Standing:
    """Compares. `committed`: the group's offset at the broker, to be given only where no places can be kept."""
    if kept is not None and kept.topic_id != log.topic_id:
        why = f"the topic was deleted and created anew, at offset {kept.next_offset} of the old one"
        return Standing(log.beginning, f"{why} (id {kept.topic_id})", certain=False)
    place = committed if kept is None else kept.next_offset
    if place is None:
        if log.beginning > 0 and is_of_states(topic):
            return Standing(log.beginning, f"the records before offset {log.beginning} were deleted unread")
        return Standing(log.beginning)
    if place < log.beginning:
        why = f"the records from offset {place} to {log.beginning - 1} were deleted unread"
        return Standing(log.beginning, why, certain=False)
    if place > log.end:
        return Standing(log.beginning, f"everything before offset {place} was read, and the log now ends at {log.end}")
    return Standing(place)
