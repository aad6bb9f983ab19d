"""A Kafka consumer without a group, for readers that choose their own offsets."""

import asyncio
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer

from grantstream.kafka import forgiving_records
from grantstream.kafka.starting import started

_CANCEL_AGAIN_AFTER: Final = 0.5


class GrouplessConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is not typed
    """aiokafka's consumer; no record can end it (`forgiving_records.py`), and its `stop` raises no CancelledError.

    aiokafka 0.14 cancels the fetches that are under way and then awaits them. If there are any, `stop` raises
    CancelledError: the calling task ends silently as if it were cancelled, and the connections stay open.

    If partitions were assigned just before, the fetching task may be awaiting those fetches itself, and mistakes its
    own cancellation for theirs. It continues, and `stop` would wait for it for ever; so it is cancelled again.
    """

    def __init__(self, *topics: str, bootstrap_servers: str, **options: Any) -> None:
        """Creates a consumer. `options` are aiokafka's; by default it begins with the oldest record."""
        forgiving_records.install()
        options = {"auto_offset_reset": "earliest"} | options
        super().__init__(
            *topics, bootstrap_servers=bootstrap_servers, group_id=None, enable_auto_commit=False, **options
        )

    async def start(self) -> None:
        """Starts, and leaves no connection open if it is cancelled."""
        await started(super().start())

    async def __aenter__(self) -> Self:
        """Starts, and closes everything if that fails: `async with` would not."""
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
