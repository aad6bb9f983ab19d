"""Where a group resumes in a partition, by its kept offset and the broker's present log.

The log may not be the one that the group was reading, or not all of it: the topic was deleted and created again,
records were deleted unread, or the log's end was cut off. The missing records can't be known. The group then resumes at
the log's beginning, because versions and the inbox make repeats harmless. On a topic of states, whose rows decide about
access, the loss is recorded until an operator accepts it.
"""

from dataclasses import dataclass

from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.kept_offsets import KeptOffset, NewOffset
from grantstream.kafka.log_bounds import LogBounds


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """The offset to resume at; `gap`: which records are missing between the kept offset and this offset.

    `certain`: one comparison proves the gap. Another gap may be closed by the current batch, or come from a broker that
    lags.
    """

    next_offset: int
    gap: str | None = None
    certain: bool = True

    def new_offset(self, topic: str, topic_id: str) -> NewOffset:
        """Its row. Only a gap on a topic of states is a loss: other topics decide about nothing."""
        return NewOffset(topic_id, self.next_offset, self.gap if is_of_states(topic) else None)


def is_of_states(topic: str) -> bool:
    """Whether the rows of a topic decide about access: then none of its records may be missed."""
    known = TOPICS.get(topic)
    return known is not None and known.cleanup == "compact"


def resume_point_of(topic: str, kept: KeptOffset | None, committed: int | None, log: LogBounds) -> ResumePoint:
    """Compares offset and log. `committed`: the group's offset at the broker, given only if no offsets can be kept."""
    if kept is not None and kept.topic_id != log.topic_id:
        why = f"the topic was deleted and created anew, at offset {kept.next_offset} of the old one"
        return ResumePoint(log.beginning, f"{why} (id {kept.topic_id})", certain=False)
    offset = committed if kept is None else kept.next_offset
    if offset is None:
        if log.beginning > 0 and is_of_states(topic):
            return ResumePoint(log.beginning, f"the records before offset {log.beginning} were deleted unread")
        return ResumePoint(log.beginning)
    if offset < log.beginning:
        why = f"the records from offset {offset} to {log.beginning - 1} were deleted unread"
        return ResumePoint(log.beginning, why, certain=False)
    if offset > log.end:
        return ResumePoint(
            log.beginning, f"everything before offset {offset} was read, and the log now ends at {log.end}"
        )
    return ResumePoint(offset)
