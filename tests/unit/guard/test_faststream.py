"""No FastStream handler runs for a record that was not judged."""

import time
from typing import Annotated, Any

import pytest
from aiokafka import ConsumerRecord
from faststream import Context, ContextRepo
from faststream.kafka import KafkaBroker, TestKafkaBroker
from faststream.kafka.message import KafkaMessage

from grantstream.guard import EventRefused, JudgedEvent, RefusalCode
from grantstream.guard.faststream import JUDGED_EVENT, guarded_by
from grantstream.guard.kafka_record import judge_record
from tests.unit.guard.forging import NOW, Bench
from tests.unit.guard.test_events import ENABLED, Record, token


def consumed(record: Record, topic: str = "app.enabled", timestamp_type: int = 1) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(
        topic=topic,
        partition=0,
        offset=7,
        timestamp=NOW * 1000,
        timestamp_type=timestamp_type,
        key=record.key,
        value=record.value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=record.shown(),
    )


def message(record: ConsumerRecord[Any, Any]) -> KafkaMessage:
    return KafkaMessage(raw_message=record, body=record.value or b"", consumer=None)  # type: ignore[arg-type]


async def test_a_handler_finds_the_judged_event_in_the_context() -> None:
    context = ContextRepo()
    middleware = guarded_by(Bench().guard)(None, context=context)
    found: list[JudgedEvent] = []

    async def handler(_: Any) -> str:
        found.append(context.get(JUDGED_EVENT))
        return "done"

    assert await middleware.consume_scope(handler, message(consumed(Record()))) == "done"
    assert found[0].data == ENABLED
    assert context.get(JUDGED_EVENT) is None


async def test_a_refused_record_reaches_no_handler() -> None:
    middleware = guarded_by(Bench().guard)(None, context=ContextRepo())
    record = Record()
    record.spoil("authorization")

    async def handler(_: Any) -> None:
        pytest.fail("a handler ran for a record that was refused")

    with pytest.raises(EventRefused) as refused:
        await middleware.consume_scope(handler, message(consumed(record)))
    assert refused.value.code is RefusalCode.EVENT_TOKEN_MISSING


def test_the_producers_own_time_is_not_believed() -> None:
    bench = Bench()
    with pytest.raises(EventRefused) as refused:
        judge_record(bench.guard, consumed(Record(), timestamp_type=0))
    assert refused.value.code is RefusalCode.EVENT_APPEND_TIME_MISSING
    assert bench.counted == [RefusalCode.EVENT_APPEND_TIME_MISSING]


def test_a_topic_that_is_not_in_the_register_is_refused() -> None:
    with pytest.raises(EventRefused) as refused:
        judge_record(Bench().guard, consumed(Record(), topic="app.other"))
    assert refused.value.code is RefusalCode.EVENT_TOPIC_UNKNOWN


async def test_the_middleware_hands_the_event_to_the_handler() -> None:
    """FastStream's in-memory broker shows the wiring only; it proves nothing about delivery."""
    broker = KafkaBroker(middlewares=[guarded_by(Bench().guard)])
    found: list[JudgedEvent] = []

    @broker.subscriber("app.enabled")
    async def project_enablement(event: Annotated[JudgedEvent, Context(JUDGED_EVENT)]) -> None:
        found.append(event)

    now = int(time.time())
    record = Record()
    record.authorize(token(iat=now, nbf=now, exp=now + 600))
    headers = {name: (value or b"").decode() for name, value in record.shown()}
    async with TestKafkaBroker(broker) as memory:
        await memory.publish(record.value, topic="app.enabled", key=record.key, headers=headers)
        assert [event.data for event in found] == [ENABLED]
        with pytest.raises(EventRefused):
            await memory.publish(record.value, topic="app.enabled", key=b"other", headers=headers)
    assert len(found) == 1
