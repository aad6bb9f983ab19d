"""What the tests used before the harness had it; write `grantstream.testing` in new ones."""

from grantstream.testing.fence_at_hand import FenceAtHand as FreshFence
from grantstream.testing.fixed_credentials import FixedCredentials as FixedToken
from grantstream.testing.mint import EVENT_SCOPES, EVERY_KEY, ISSUER, PRODUCER_KEY, Mint, producer_claims
from grantstream.testing.records import bearer, record, signed_headers, signed_record, without

__all__ = [
    "EVENT_SCOPES",
    "EVERY_KEY",
    "ISSUER",
    "PRODUCER_KEY",
    "FixedToken",
    "FreshFence",
    "Mint",
    "bearer",
    "producer_claims",
    "record",
    "signed_headers",
    "signed_record",
    "without",
]
