"""Sends `fence.reached` straight to the topic, without an outbox: it belongs to no change in a database."""

import asyncio
from datetime import UTC, datetime

import uuid_utils
from aiokafka import AIOKafkaProducer

from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.fence import FenceReached
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.topics import FENCE
from grantstream.proof import Credential, RecordContent, prove

_TYPE = TYPE_OF_DATA[FenceReached]


async def announce(
    writer: AIOKafkaProducer, event: FenceReached, *, credential: Credential, wall: float
) -> "asyncio.Future[object]":
    """Passes the record to the producer; the future is done when it is appended."""
    envelope = Envelope(
        id=str(uuid_utils.uuid7()),
        type=_TYPE.name,
        source=f"urn:grantstream:service:{event.service}",
        subject=event.subject,
        time=datetime.fromtimestamp(wall, UTC),
        dataschema=_TYPE.dataschema,
    )
    record = RecordContent(FENCE.name, event.subject.encode(), event.to_bytes(), envelope.headers())
    [proof_headers] = prove(credential, [record])
    future: asyncio.Future[object] = await writer.send(
        record.topic, record.value, key=record.key, partition=FENCE.partition, headers=[*record.headers, *proof_headers]
    )
    return future
