"""How much a guard reads and remembers."""

from dataclasses import dataclass

from grantstream.contracts.claims import CLOCK_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """Limits of one guard.

    `max_token_bytes`: a longer token is refused unread. `remembered_tokens`: how many verified tokens are kept; the
    least recently used are dropped first. `clock_tolerance`: seconds that the minting clock may be ahead (`iat`,
    `nbf`); `exp` gets none, since the fence forgets by it. `remembered_proofs`: how many proofs of windows of events
    are kept.
    """

    max_token_bytes: int = 8 * 1024
    remembered_tokens: int = 10_000
    remembered_proofs: int = 4_096
    clock_tolerance: float = CLOCK_TOLERANCE.total_seconds()
