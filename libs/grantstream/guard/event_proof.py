"""Checks that a record was written by the holder of the key that its token is bound to (docs/event-proofs.md).

The steps are in `ProofCheck.refuse_unproven`. Hashes are compared in constant time.
"""

import hmac
from collections.abc import Sequence
from typing import Final

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.guard.errors import EventRefused
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.guard.remembered import RememberedProofs, SignedHead
from grantstream.proof.leaf import leaf_hash
from grantstream.proof.window_proof import EVENT_PROOF, EVENT_PROOF_PATH, MalformedProof, WindowPath, read_proof

Headers = Sequence[tuple[str, bytes | None]]

_ALONE: Final = WindowPath()


class ProofCheck:
    """Verifies proofs, and remembers at most `limit` valid ones."""

    def __init__(self, limit: int) -> None:
        self._remembered = RememberedProofs(limit)

    def refuse_unproven(
        self,
        token: str,
        claims: AccessTokenClaims,
        *,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
    ) -> None:
        """Raises EventRefused unless the record's writer had the key of its token.

        `claims`: those of `token`, already verified, and the same object as long as the token is remembered.
        """
        if claims.confirmation_thumbprint is None:
            raise EventRefused(RefusalCode.TOKEN_UNBOUND)
        proof, path = _proof_and_path(headers)
        signed = self._remembered.find(proof, claims)
        if signed is None:
            signed = _verified(proof, token, claims.confirmation_thumbprint)
            self._remembered.remember(proof, claims, signed)
        head = path.head(leaf_hash(topic, key, value, headers))
        # The size is signed, too, so that each record has one path only.
        if head is None or path.size != signed.size or not hmac.compare_digest(head, signed.head):
            raise EventRefused(RefusalCode.EVENT_PROOF_CONTENT_MISMATCH)


def _verified(raw: bytes, token: str, thumbprint: str) -> SignedHead:
    try:
        proof = read_proof(raw)
    except MalformedProof as error:
        raise EventRefused(RefusalCode.EVENT_PROOF_MALFORMED, str(error)) from error
    if not proof.is_by_key(thumbprint):
        raise EventRefused(RefusalCode.EVENT_PROOF_OTHER_KEY)
    if not proof.is_for_token(token):
        raise EventRefused(RefusalCode.EVENT_PROOF_OTHER_TOKEN)
    if not proof.is_signed():
        raise EventRefused(RefusalCode.EVENT_PROOF_SIGNATURE_INVALID)
    return SignedHead(proof.head, proof.size)


def _proof_and_path(headers: Headers) -> tuple[bytes, WindowPath]:
    proof = _only(headers, EVENT_PROOF)
    if proof is None:
        raise EventRefused(RefusalCode.EVENT_PROOF_MISSING)
    path = _only(headers, EVENT_PROOF_PATH)
    if path is None:
        return proof, _ALONE
    try:
        return proof, WindowPath.read(path)
    except MalformedProof as error:
        raise EventRefused(RefusalCode.EVENT_PROOF_MALFORMED, str(error)) from error


def _only(headers: Headers, name: str) -> bytes | None:
    """The value of a header; None if there is none of that name."""
    values = [value for header, value in headers if header == name]
    if not values:
        return None
    if len(values) > 1:
        raise EventRefused(RefusalCode.EVENT_PROOF_REPEATED, name)
    if values[0] is None:
        raise EventRefused(RefusalCode.EVENT_PROOF_NULL, name)
    return values[0]
