"""What a process needs to be allowed to write events."""

from typing import Protocol


class ProducerToken(Protocol):
    """A source of the access token that goes into the `authorization` header of events."""

    async def current(self) -> str:
        """A token of the events audience that is valid now. Waits while none can be had."""
        ...
