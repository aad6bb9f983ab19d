"""Closes a producer even if its broker is gone: part by part, because aiokafka's own `stop` would wait for ever."""

import asyncio
import logging
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

logger = logging.getLogger(__name__)

_CLOSE_SECONDS = 2.0
_CLOSE_AGAIN_AFTER = 0.05


async def end_producer(producer: AIOKafkaProducer) -> None:
    """Closes a producer even if the broker is gone.

    `stop()` flushes first, possibly for ever, and does nothing when called again. So the parts are closed in an order
    in which none waits for a broker: the sender, the connections, then all pending requests.
    """
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await producer.client.close()
            while sender is not None and not sender.done():
                # The sender waits for its requests. One may have opened a connection meanwhile; another waits for
                # metadata, for ever, because the client that fetches them is closed.
                await asyncio.wait({sender}, timeout=_CLOSE_AGAIN_AFTER)
                await producer.client.close()
                _fail_metadata_wait(producer.client)
            _give_up_batches(producer._message_accumulator)
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        logger.warning("a producer did not end in order: %s", type(error).__name__)
        producer._closed = True  # else it logs a warning when it is collected


def _fail_metadata_wait(client: Any) -> None:
    waited_for = client._md_update_fut
    if waited_for is not None and not waited_for.done():
        waited_for.set_result(False)


def _give_up_batches(accumulator: Any) -> None:
    """Ends every wait for a batch. aiokafka does not count a retried batch as pending, and fails without this."""
    accumulator._pending_batches.update(batch for batches in accumulator._batches.values() for batch in batches)
    given_up = list(accumulator._pending_batches)
    accumulator.fail_all(KafkaError("the producer was closed"))
    for batch in given_up:
        # No task may be waiting any more: the sending task was cancelled, or has the outcome.
        for future in (batch._drain_waiter, *(future for future, _ in batch._msg_futures)):
            retrieve_exception(future)


def retrieve_exception(future: "asyncio.Future[Any]") -> None:
    """Retrieves the exception, which asyncio would log otherwise when the future is collected."""
    if not future.cancelled():
        future.exception()
