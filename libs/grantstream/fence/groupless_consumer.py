"""A Kafka consumer without a group: for whoever reads topics for himself, from a place that he chooses."""

import asyncio
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer

from grantstream.fence import forgiving_records

_CANCEL_AGAIN_AFTER: Final = 0.5


class GrouplessConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is not typed
    """aiokafka's consumer, which no record ends (`forgiving_records.py`); its `stop` is never taken for a cancellation.

    aiokafka 0.14 cancels the fetches that are under way and then awaits them. If there are any, a CancelledError comes
    out of `stop`: the calling task ends as if it had been told to, without a word, and the connections stay open.

    If partitions were assigned a moment before, the task that fetches may be awaiting those fetches itself, and takes
    its own cancellation for theirs. It goes on, and `stop` would wait for it without end; so it is cancelled again.
    """

    def __init__(self, *topics: str, bootstrap_servers: str, **options: Any) -> None:
        """`options` are aiokafka's; by default it begins with the oldest record."""
        forgiving_records.install()
        options = {"auto_offset_reset": "earliest"} | options
        super().__init__(
            *topics, bootstrap_servers=bootstrap_servers, group_id=None, enable_auto_commit=False, **options
        )

    async def __aenter__(self) -> Self:
        """Starts, or leaves nothing open: `async with` closes only what was entered."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def stop(self) -> None:
        """Closes the consumer and its connections."""
        stopping = asyncio.create_task(super().stop())
        while not (await asyncio.wait({stopping}, timeout=_CANCEL_AGAIN_AFTER))[0]:
            if self._fetcher is not None:
                self._fetcher._fetch_task.cancel()
        if stopping.cancelled():
            await self._client.close()
        else:
            stopping.result()
