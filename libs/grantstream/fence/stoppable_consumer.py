"""A Kafka consumer that can be stopped at any moment without harm to whoever stops it."""

import asyncio

from aiokafka import AIOKafkaConsumer


class StoppableConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is not typed
    """aiokafka's consumer; its `stop` never looks like a cancellation of the task that calls it.

    aiokafka 0.14 cancels the fetches that are under way and then awaits them. If there are any, a CancelledError comes
    out of `stop`: the calling task ends as if it had been told to, without a word, and the connections stay open.
    """

    async def stop(self) -> None:
        """Closes the consumer and its connections."""
        stopping = asyncio.create_task(super().stop())
        await asyncio.wait({stopping})
        if stopping.cancelled():
            await self._client.close()
        else:
            stopping.result()
