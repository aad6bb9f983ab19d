"""What a handler is told of an event beside its data."""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEnvelope(Envelope):
    """The attributes of an event, who wrote it, and where it stands.

    `appended_at` is the broker's append time in seconds since 1970: the one time to decide by.
    """

    claims: AccessTokenClaims
    topic: str
    partition: int
    offset: int
    appended_at: float
