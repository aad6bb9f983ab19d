"""The headers that a producer adds to the records of one window, so that every reader can check who wrote them."""

import time
from collections.abc import Callable, Sequence

from grantstream.proof.credential import Credential
from grantstream.proof.leaf import Provable, leaf_hash
from grantstream.proof.merkle import Tree
from grantstream.proof.proof_headers import AUTHORIZATION, EVENT_PROOF, EVENT_PROOF_PATH
from grantstream.proof.window_path import WindowPath
from grantstream.proof.window_proof import write_proof

Header = tuple[str, bytes]


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
