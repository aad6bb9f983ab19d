"""Records that the client library itself stumbles over must not cost anybody else's events."""

import zlib
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from grantstream.testing import Mint
from tests.integration.events.consuming import consuming, marker, until_version
from tests.integration.events.support import Topics, app_state, envelope_headers, event_of


class NotUtf8(str):
    """A header's name as another client might send it."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return b"\xff\xfe"


async def test_an_unreadable_header_name_blocks_no_other_event(
    topics: Topics, pool: asyncpg.Pool, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_id = await topics.group_at_end()
    app_id = app_state().app_id
    before, strange, forged = (event_of(app_state(app_id, version)) for version in (1, 2, 3))
    await topics.send(before, mint.token())
    bad_header = (NotUtf8("name"), b"")
    with monkeypatch.context() as patched:
        for module in ("producer", "message_accumulator"):
            patched.setattr(f"aiokafka.producer.{module}.DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
        await topics.send(strange, mint.token(), headers=[*envelope_headers(strange), bad_header])
        await topics.send(forged, None, headers=[*envelope_headers(forged), bad_header])
    async with consuming(topics, pool, mint, group_id):
        await until_version(pool, app_id, 2)
        await marker(topics, pool, mint, app_id)
    [letter] = await topics.dead_letters("app.modified", group_id)
    assert letter.value == forged.data


async def test_the_broker_refuses_a_record_too_large_uncompressed(topics: Topics) -> None:
    value = b"0" * 30_000_000
    assert len(zlib.compress(value)) < 100_000
    producer = AIOKafkaProducer(
        bootstrap_servers=topics.bootstrap_servers, compression_type="gzip", max_request_size=50_000_000
    )
    await producer.start()
    try:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait("app.modified", value, key=b"key")
    finally:
        await producer.stop()
