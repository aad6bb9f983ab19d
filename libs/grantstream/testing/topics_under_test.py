"""The topics that a test reads and writes, and the guard that judges their records."""

from dataclasses import dataclass

from grantstream.fence import CredentialSource
from grantstream.guard import Guard
from grantstream.proof import Credential
from grantstream.testing.fake_fence import FakeFence
from grantstream.testing.mint import Mint


@dataclass(frozen=True, slots=True)
class TopicsUnderTest:
    """A broker with the topics of the register; `guard` judges their records.

    `credentials`: those that `publish` uses by default.
    """

    bootstrap_servers: str
    guard: Guard
    credentials: CredentialSource


@dataclass(frozen=True, slots=True)
class BrokerUnderTest(TopicsUnderTest):
    """A broker without the rest of the platform: `mint` replaces the token service.

    Pass `guard` to a consumer under test, and `credentials` to a producer. `fence.void(...)` voids tokens as a change
    of permission would, and `fence.fresh = False` is a process that is not current.
    """

    mint: Mint
    fence: FakeFence


@dataclass(frozen=True, slots=True)
class MintedCredentials:
    """A CredentialSource by a mint: a new token for every event, with all scopes and every key space."""

    mint: Mint

    async def current(self) -> Credential:
        """A token that is good for half an hour."""
        return self.mint.credential()
