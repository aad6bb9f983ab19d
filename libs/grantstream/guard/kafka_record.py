"""Judges a record as a Kafka client returns it."""

from collections.abc import Sequence
from typing import Protocol

from grantstream.contracts.topics import TOPICS
from grantstream.fence.records import LOG_APPEND_TIME
from grantstream.guard.errors import EventRefused
from grantstream.guard.event_rules import JudgedEvent
from grantstream.guard.guard import Guard
from grantstream.guard.refusal_codes import RefusalCode


class KafkaRecord(Protocol):
    """A consumed record; aiokafka's `ConsumerRecord` is one. `timestamp`: milliseconds since the epoch."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def timestamp_type(self) -> int: ...


def judge_record(guard: Guard, record: KafkaRecord) -> JudgedEvent:
    """The event of a record, if its producer was allowed to write it. Raises EventRefused."""
    try:
        topic = TOPICS.get(record.topic)
        if topic is None:
            raise EventRefused(RefusalCode.EVENT_TOPIC_UNKNOWN)
        if record.timestamp_type != LOG_APPEND_TIME:
            # The topic is not set up as in the register: the producer itself chose this time.
            raise EventRefused(RefusalCode.EVENT_APPEND_TIME_MISSING)
    except EventRefused as refusal:
        guard.count_refusal(refusal.code)
        raise
    return guard.read_event(
        topic=topic,
        key=record.key,
        headers=record.headers,
        value=record.value,
        appended_at=record.timestamp / 1000,
    )
