"""Assertions on events that arrive on topics; one that fails lists what did arrive."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.events.producing.send_queue import Appended
from grantstream.guard import EventRefused, JudgedEvent, RefusalCode
from grantstream.guard.kafka_record import judge_record
from grantstream.testing.eventually import eventually
from grantstream.testing.topic_log import TopicLog
from grantstream.testing.topics_under_test import TopicsUnderTest

_LONGEST_LISTED: Final = 10
_LONGEST_DATA: Final = 200
_LEFT_OUT: Final = frozenset({"secrets"})

Where = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event that every consumer would apply. `producer` is the client that its token was issued to."""

    type: str
    id: str
    subject: str
    producer: str
    data: Any
    topic: str
    partition: int
    offset: int
    appended_at: float


class ExpectedEvents:
    """The events since the test began, judged as a consumer would judge them."""

    def __init__(self, topics: TopicsUnderTest, log: TopicLog) -> None:
        self._guard = topics.guard
        self._log = log

    async def expect(
        self, event_type: str, *, subject: str | None = None, where: Where | None = None, within: float = 20.0
    ) -> SeenEvent:
        """The first event of a type, about a subject, for whose data `where` is true; waits up to `within` seconds.

        An event that the guard refuses does not count. The same event may be expected repeatedly. Raises
        AssertionError.
        """
        topic = _topic_of(event_type)

        async def arrived() -> SeenEvent:
            records = await self._log.since_opened(topic)
            for record in records:
                event = self._judged(record)
                if isinstance(event, SeenEvent) and _matches(event, event_type, subject, where):
                    return event
            raise AssertionError(self._arrivals(records))

        about = f" about {subject}" if subject else ""
        return await eventually(arrived, within, f"{event_type}{about}{' for which `where` is true' if where else ''}")

    async def all(self, event_type: str, *, subject: str | None = None) -> list[SeenEvent]:
        """Every such event that is on its topic now, by partition and offset, without waiting."""
        judged = [self._judged(record) for record in await self._log.since_opened(_topic_of(event_type))]
        events = [event for event in judged if isinstance(event, SeenEvent)]
        return [event for event in events if _matches(event, event_type, subject, None)]

    async def expect_refused(self, appended: Appended, code: str) -> None:
        """Asserts that the guard refuses a record with this code."""
        judged = self._judged(await self._log.at(appended.topic, appended.partition, appended.offset))
        actual = f"it is a good {judged.type}" if isinstance(judged, SeenEvent) else f"it is refused: {judged}"
        wanted = RefusalCode(code)
        if isinstance(judged, SeenEvent) or judged is not wanted:
            raise AssertionError(f"a record was to be refused with {wanted}, and {actual}")

    def _judged(self, record: Any) -> SeenEvent | RefusalCode:
        try:
            judged = judge_record(self._guard, record)
        except EventRefused as refusal:
            return refusal.code
        return _seen(judged, record)

    def _arrivals(self, records: list[Any]) -> str:
        if not records:
            return "nothing arrived on the topic since the test began"
        lines = [f"{len(records)} records arrived since the test began; the last of them:"]
        lines += [f"  {self._line(record)}" for record in records[-_LONGEST_LISTED:]]
        return "\n".join(lines)

    def _line(self, record: Any) -> str:
        place = f"{record.topic} partition {record.partition} offset {record.offset}"
        event = self._judged(record)
        if isinstance(event, SeenEvent):
            return f"{place}: {event.type} about {event.subject} by {event.producer}: {short_data(event.data)}"
        return f"{place}: refused, {event}"


def short_data(data: Any) -> str:
    """An event's data as a short text, without secrets' digests."""
    fields = {name: value for name, value in data.model_dump(mode="json").items() if name not in _LEFT_OUT}
    text = json.dumps(fields)
    return text if len(text) <= _LONGEST_DATA else f"{text[:_LONGEST_DATA]} ..."


def _topic_of(event_type: str) -> str:
    try:
        return EVENT_TYPES[event_type].topic.name
    except KeyError:
        raise ValueError(f"{event_type} is no event type; there are {', '.join(sorted(EVENT_TYPES))}") from None


def _matches(event: SeenEvent, event_type: str, subject: str | None, where: Where | None) -> bool:
    about_it = event.type == event_type and subject in (None, event.subject)
    return about_it and (where is None or where(event.data))


def _seen(judged: JudgedEvent, record: Any) -> SeenEvent:
    return SeenEvent(
        type=judged.envelope.type,
        id=judged.envelope.id,
        subject=judged.envelope.subject,
        producer=judged.claims.client_id,
        data=judged.data,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        appended_at=record.timestamp / 1000,
    )
