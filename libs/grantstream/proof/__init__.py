"""Proof of possession: a record's writer holds the key that its access token is bound to (RFC 7800, RFC 9449).

Every reader of a topic can copy the tokens on it. A copied token is useless, because each record also carries a
signature by a key that only the producer has, over the record's content and its token. One signature covers a whole
window of records, by a Merkle tree; `docs/event-proofs.md` has the form.

    prove.py           the headers that a producer adds to each record of a window
    proof_headers.py   their names
    leaf.py            which parts of a record are covered
    merkle.py          the tree, and the path from one leaf to its head (RFC 6962)
    window_proof.py    the signed head of a window: writing it, and reading it strictly
    window_path.py     a record's position in it
    proof_key.py       the private key, in memory; credential.py: it, its token, their source
    dpop.py            the proof that the token endpoint requires before it binds a token (RFC 9449)
    p256.py            ES256 signatures as JWS spells them, and P-256 keys as JWK does
    thumbprint.py      the name of a key (RFC 7638)
    base64url.py, strict_json.py   strict decoding of a segment and of its JSON

`grantstream.guard` decides whether a record needs a proof, and which code a refusal has.
"""

from grantstream.proof.credential import Credential
from grantstream.proof.dpop import dpop_proof
from grantstream.proof.leaf import Provable, RecordContent
from grantstream.proof.proof_key import ProofKey
from grantstream.proof.prove import prove

__all__ = ["Credential", "ProofKey", "Provable", "RecordContent", "dpop_proof", "prove"]
