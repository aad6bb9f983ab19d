"""The envelope of an event as handlers get it."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEnvelope(Envelope):
    """The attributes of an event, the claims of its producer's token, and its place in the topic.

    `appended_at` is the broker's append time in seconds since 1970: the only time to base decisions on.
    """

    claims: AccessTokenClaims
    topic: str
    partition: int
    offset: int
    appended_at: float
