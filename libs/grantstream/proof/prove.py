"""The proofs that a producer makes: of the records that it writes, and at the token endpoint."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from grantstream.proof import jws
from grantstream.proof.credential import Credential, ProofKey
from grantstream.proof.leaf import Provable, leaf_hash
from grantstream.proof.merkle import Tree
from grantstream.proof.window_proof import AUTHORIZATION, EVENT_PROOF, EVENT_PROOF_PATH, WindowPath, write_proof

Header = tuple[str, bytes]

DPOP_TYPE: Final = "dpop+jwt"


def prove(
    credential: Credential, records: Sequence[Provable], *, now: Callable[[], float] = time.time
) -> list[list[Header]]:
    """The headers to add to each record: the token, and the proof that its holder wrote exactly this record.

    One signature covers all of them. A record that is changed afterwards (topic, key, value, `ce_*`, `content-type`)
    is refused. Raises ValueError for more records than a window may have (65,536).
    """
    if not records:
        return []
    tree = Tree.over([leaf_hash(record.topic, record.key, record.value, record.headers) for record in records])
    proof = write_proof(credential.key, credential.token, tree.head, tree.size, issued_at=int(now()))
    common = [(AUTHORIZATION, b"Bearer " + credential.token.encode()), (EVENT_PROOF, proof)]
    if tree.size == 1:
        return [common]
    return [[*common, (EVENT_PROOF_PATH, WindowPath.in_tree(tree, index).to_bytes())] for index in range(tree.size)]


def dpop_proof(key: ProofKey, method: str, url: str, now: float) -> str:
    """What the token endpoint requires before it binds a token to a key (RFC 9449, section 4.2): one request, a new id.

    `url`: the endpoint without query and fragment. `now`: epoch seconds by the clock of the sender.
    """
    header = {"typ": DPOP_TYPE, "alg": "ES256", "jwk": key.public_jwk}
    payload = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": int(now)}
    return jws.compact(header, payload, key.sign).decode()
