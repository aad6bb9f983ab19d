"""What goes again after a window in which something failed, with a broker whose answers are written down."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from grantstream.events.errors import NotAppended
from grantstream.events.producing.outbox import OutboxEvent, change_of, prepared
from grantstream.events.producing.send_queue import PublisherSettings, SendQueue
from grantstream.events.producing.sender import Sender
from grantstream.kafka.record_window import Acknowledged, Outcome, Record
from grantstream.testing import FixedCredentials, Mint, eventually
from grantstream.testing.sample_events import app_modified

QUICK = PublisherSettings(first_pause=0.001, longest_pause=0.002)
Answer = Callable[[list[str]], list[Outcome]]


class WrittenDown:
    """A window that keeps what was sent, by key and version, and is answered by `answer`."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[list[str]] = []
        self.lanes: set[str | None] = set()

    async def send(self, records: Sequence[Record]) -> list[Outcome]:
        await asyncio.sleep(0)
        self.sent.append([_name(record) for record in records])
        self.lanes |= {record.lane for record in records}
        return self.answer(self.sent[-1])

    async def close(self) -> None:
        pass


def _name(record: Record) -> str:
    version = (record.value or b"").partition(b'"version":')[2].partition(b",")[0]
    return f"{(record.key or b'').decode()}{version.decode()}"


def _event(app_id: str, version: int) -> OutboxEvent:
    return prepared(app_modified(app_id=app_id, version=version), source="urn:test", now=datetime.now(UTC))


@asynccontextmanager
async def publishing(window: WrittenDown) -> AsyncIterator[SendQueue]:
    records: Any = window
    made = SendQueue(Sender(records), FixedCredentials.of(Mint().token()), QUICK)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def appended(offset: int = 0) -> Acknowledged:
    return Acknowledged(time.time(), 0, offset)


async def test_a_failed_event_is_resent_with_its_keys_later_ones() -> None:
    lost = [True]

    def answer(sent: list[str]) -> list[Outcome]:
        return [KafkaError() if name == "a2" and lost and lost.pop() else appended() for name in sent]

    window = WrittenDown(answer)
    async with publishing(window) as made:
        waiting = [made.put(_event(*each)) for each in (("a", 2), ("b", 2), ("a", 3))]
        await asyncio.gather(*(each.appended for each in waiting))
    assert window.sent == [["a2", "b2", "a3"], ["a2", "a3"]]


async def test_only_the_refused_event_of_a_window_fails() -> None:
    def answer(sent: list[str]) -> list[Outcome]:
        return [MessageSizeTooLargeError() if "huge2" in sent else appended() for _ in sent]

    window = WrittenDown(answer)
    async with publishing(window) as made:
        waiting = [made.put(_event(app_id, 2)) for app_id in ("a", "huge", "b")]
        results = await asyncio.gather(*(each.appended for each in waiting), return_exceptions=True)
    assert [type(result) for result in results][1] is NotAppended
    assert [isinstance(result, NotAppended) for result in results] == [False, True, False]
    assert window.sent == [["a2", "huge2", "b2"], ["a2"], ["huge2", "b2"], ["huge2"], ["b2"]]


async def test_who_waits_no_more_is_not_sent_again() -> None:
    window = WrittenDown(lambda sent: [KafkaError() for _ in sent])
    async with publishing(window) as made:
        waiting = made.put(_event("a", 2))
        await eventually(lambda: window.sent)
        waiting.appended.cancel()
        window.answer = lambda sent: [appended() for _ in sent]
        await made.put(_event("b", 2)).appended
    assert window.sent[-1] == ["b2"]


async def test_an_invalid_token_fails_pending_events_only() -> None:
    window = WrittenDown(lambda sent: [appended() for _ in sent])
    records: Any = window
    credentials = FixedCredentials.of("no token", Mint().token())
    made = SendQueue(Sender(records), credentials, QUICK)
    task = asyncio.create_task(made.run())
    with pytest.raises(NotAppended, match="not a JWT"):
        await made.put(_event("a", 2)).appended
    await made.put(_event("a", 3)).appended
    task.cancel()


async def test_events_of_one_aggregate_share_a_lane_on_all_topics() -> None:
    window = WrittenDown(lambda sent: [appended() for _ in sent])
    state = app_modified(app_id="a", version=2)
    async with publishing(window) as made:
        events = [prepared(each, source="urn:test", now=datetime.now(UTC)) for each in (state, change_of(state))]
        await asyncio.gather(*(made.put(each).appended for each in events))
    assert events[0].topic != events[1].topic
    assert window.lanes == {"app/a"}


@pytest.mark.parametrize("refusal", [RecordListTooLargeError(), ValueError("a header"), AssertionError()])
async def test_what_no_second_try_changes_fails_at_once(refusal: Exception) -> None:
    window = WrittenDown(lambda sent: [refusal for _ in sent])
    async with publishing(window) as made, asyncio.timeout(5):
        with pytest.raises(NotAppended):
            await made.put(_event("a", 2)).appended
    assert window.sent == [["a2"]]
