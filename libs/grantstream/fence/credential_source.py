"""The source of a producer's token and key."""

from typing import Protocol

from grantstream.proof import Credential


class CredentialSource(Protocol):
    """A source of a producer's access token and the key that it is bound to."""

    async def current(self) -> Credential:
        """A credential with a valid token for the events audience. Waits while there is none."""
        ...
