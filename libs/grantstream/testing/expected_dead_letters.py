"""Assertions on dead letters."""

from dataclasses import dataclass
from typing import Any

from grantstream.contracts.topics import TOPICS
from grantstream.events.dead import copies as names
from grantstream.events.producing.send_queue import Appended
from grantstream.testing.eventually import eventually
from grantstream.testing.topic_log import TopicLog


@dataclass(frozen=True, slots=True)
class SeenDeadLetter:
    """A dead letter: which record, which group, and why."""

    reason: str
    group: str
    topic: str
    partition: int
    offset: int


class ExpectedDeadLetters:
    """The dead letters since the test began."""

    def __init__(self, log: TopicLog) -> None:
        self._log = log

    async def expect(
        self,
        appended: Appended,
        *,
        group: str | None = None,
        reason: str | None = None,
        within: float = 20.0,
    ) -> SeenDeadLetter:
        """Waits until a record is dead-lettered, by this group and for this reason if they are given.

        Raises AssertionError, which lists the dead letters that did arrive.
        """

        async def arrived() -> SeenDeadLetter:
            letters = await self.all(appended.topic)
            for letter in letters:
                at_place = (letter.partition, letter.offset) == (appended.partition, appended.offset)
                if at_place and group in (None, letter.group) and reason in (None, letter.reason):
                    return letter
            raise AssertionError("\n".join(["dead letters since the test began:", *map(_line, letters)]))

        wanted = f"{appended.topic} partition {appended.partition} offset {appended.offset} dead-lettered"
        by = f" by {group}" if group else ""
        return await eventually(arrived, within, f"{wanted}{by}{f' for {reason}' if reason else ''}")

    async def all(self, topic: str) -> list[SeenDeadLetter]:
        """Every dead letter of a topic's events that is there now, without waiting."""
        return [_seen(record) for record in await self._log.since_opened(TOPICS[topic].dead_letters)]


def _seen(record: Any) -> SeenDeadLetter:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    return SeenDeadLetter(
        reason=headers[names.REASON],
        group=headers[names.GROUP],
        topic=headers[names.TOPIC],
        partition=int(headers[names.PARTITION]),
        offset=int(headers[names.OFFSET]),
    )


def _line(letter: SeenDeadLetter) -> str:
    return f"  {letter.topic} partition {letter.partition} offset {letter.offset}: {letter.reason}, by {letter.group}"
