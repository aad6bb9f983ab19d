"""The headers that prove who wrote a record."""

from typing import Final

AUTHORIZATION: Final = "authorization"
"""`Bearer` and the producer's access token."""

EVENT_PROOF: Final = "event-proof"
"""The signed head of the window in which the record was written (a compact JWS)."""

EVENT_PROOF_PATH: Final = "event-proof-path"
"""The record's position in that window, and the path to the head. Absent if the window has only this record."""
