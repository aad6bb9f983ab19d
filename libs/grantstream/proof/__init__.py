"""Proof of possession: a record's writer holds the key that its access token is bound to (RFC 7800, RFC 9449).

Every reader of a topic can copy the tokens on it. A copied token is useless, because each record also carries a
signature by a key that only the producer has, over the record's content and its token. One signature covers a whole
window of records, by a Merkle tree; `docs/event-proofs.md` has the form.

    prove.py           a producer's proofs: of each record of a window, and at the token endpoint (RFC 9449)
    leaf.py            which parts of a record are covered
    merkle.py          the tree, and the path from one leaf to its head (RFC 6962)
    window_proof.py    the headers: the signed head of a window, and a record's path to it; written, and read strictly
    credential.py      the private key, in memory; it with its token, and their source
    jws.py             base64url, ES256 signatures, keys and their names
    strict_json.py     strict decoding of a segment's JSON

`grantstream.guard` decides whether a record needs a proof, and which code a refusal has.
"""

from grantstream.proof.credential import Credential, ProofKey
from grantstream.proof.leaf import Provable, RecordContent
from grantstream.proof.prove import dpop_proof, prove

__all__ = ["Credential", "ProofKey", "Provable", "RecordContent", "dpop_proof", "prove"]
