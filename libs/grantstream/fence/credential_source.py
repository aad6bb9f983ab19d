"""What a process needs to be allowed to write events."""

from typing import Protocol

from grantstream.proof import Credential


class CredentialSource(Protocol):
    """A source of what a producer shows with each event: its access token, and the key that it is bound to."""

    async def current(self) -> Credential:
        """A credential whose token is of the events audience and valid now. Waits while none can be had."""
        ...
