"""A producer's credentials, without a token service."""

from dataclasses import dataclass
from typing import Self

from grantstream.proof import Credential, ProofKey
from grantstream.testing.mint import PRODUCER_KEY


@dataclass
class FixedCredentials:
    """A CredentialSource that returns given tokens one after the other, and the last one for ever."""

    tokens: list[str]
    key: ProofKey = PRODUCER_KEY
    asked: int = 0

    @classmethod
    def of(cls, *tokens: str, key: ProofKey = PRODUCER_KEY) -> Self:
        """These tokens, all bound to `key`."""
        return cls(list(tokens), key)

    async def current(self) -> Credential:
        """The next token, with its key."""
        token = self.tokens[min(self.asked, len(self.tokens) - 1)]
        self.asked += 1
        return Credential(token, self.key)
