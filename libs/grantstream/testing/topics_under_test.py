"""The topics that a test looks at and writes to, and by whose word they are judged."""

from dataclasses import dataclass

from grantstream.fence import CredentialSource
from grantstream.guard import Guard
from grantstream.proof import Credential
from grantstream.testing.fence_at_hand import FenceAtHand
from grantstream.testing.mint import Mint


@dataclass(frozen=True, slots=True)
class TopicsUnderTest:
    """A broker with the topics of the register; `guard` judges their records.

    `credentials` are those by which `publish` writes, unless it is given others.
    """

    bootstrap_servers: str
    guard: Guard
    credentials: CredentialSource


@dataclass(frozen=True, slots=True)
class BrokerUnderTest(TopicsUnderTest):
    """A broker and nothing else of the platform: `mint` stands in for the token service.

    A consumer under test is given `guard`, and a producer `credentials`. What a change of permission would make void
    is told to `fence.rules`, and `fence.fresh = False` is a process that lost its view.
    """

    mint: Mint
    fence: FenceAtHand


@dataclass(frozen=True, slots=True)
class MintedCredentials:
    """A CredentialSource by a mint: a new token for every event, with all scopes and every key space."""

    mint: Mint

    async def current(self) -> Credential:
        """A token that is good for half an hour."""
        return self.mint.credential()
