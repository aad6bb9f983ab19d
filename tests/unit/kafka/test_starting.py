"""A client that is cancelled while it starts closes its connection to a broker that does not answer."""

import asyncio
import gc
import struct
import weakref
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.record_window import Record, RecordWindow
from grantstream.kafka.starting import started
from grantstream.testing import eventually

_API_VERSIONS = 18
_SUPPORTED = ((3, 0, 5), (_API_VERSIONS, 0, 0))  # Metadata, ApiVersions: the oldest and the newest version


class SilentBroker:
    """Answers which requests it knows, as every broker does first, and then nothing."""

    def __init__(self) -> None:
        self.address = ""
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                [length] = struct.unpack(">i", await reader.readexactly(4))
                request, _, correlation = struct.unpack_from(">hhi", await reader.readexactly(length))
                if request == _API_VERSIONS:
                    entries = b"".join(struct.pack(">hhh", *each) for each in _SUPPORTED)
                    answer = struct.pack(">ihi", correlation, 0, len(_SUPPORTED)) + entries
                    writer.write(struct.pack(">i", len(answer)) + answer)
                else:
                    self.asked.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()


@pytest.fixture
async def broker() -> AsyncIterator[SilentBroker]:
    silent = SilentBroker()
    async with await asyncio.start_server(silent.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        silent.address = f"{host}:{port}"
        gc.disable()  # the collector would close the connection, too, at some time
        try:
            yield silent
        finally:
            gc.enable()


async def test_a_window_that_ends_while_the_producer_starts(broker: SilentBroker) -> None:
    window = RecordWindow(broker.address, client_id="test", deadline=0.3)
    [outcome] = await window.send([Record("app.registered", b"key", b"value", [])])
    assert isinstance(outcome, TimeoutError)
    async with asyncio.timeout(60):
        await broker.left.wait()


async def test_a_failed_start_keeps_no_client_alive(broker: SilentBroker) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.address)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await started(producer.start())
    await producer.stop()
    client = weakref.ref(producer.client)
    del producer
    await eventually(lambda: client() is None)


async def test_a_reader_that_is_cancelled_while_it_starts(broker: SilentBroker) -> None:
    consumer = GrouplessConsumer(bootstrap_servers=broker.address)
    starting = asyncio.create_task(consumer.start())
    async with asyncio.timeout(60):
        await broker.asked.wait()
    starting.cancel()
    await asyncio.wait({starting})
    await consumer.stop()
    async with asyncio.timeout(60):
        await broker.left.wait()
