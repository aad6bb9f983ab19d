"""The worked example of docs/event-proofs.md is what the code does, down to the bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from grantstream.proof import Credential, ProofKey, RecordContent, jws, prove
from grantstream.proof.leaf import leaf_hash
from grantstream.proof.merkle import Tree
from grantstream.proof.window_proof import WindowPath, read_proof

ROOT = Path(__file__).parents[3]
SAMPLE: dict[str, Any] = json.loads((ROOT / "tests/golden/event-proof.json").read_text())
PAGE = (ROOT / "docs/event-proofs.md").read_text()
RECORDS = [
    RecordContent(
        record["topic"],
        record["key"].encode(),
        record["value"].encode(),
        [(name, value.encode()) for name, value in record["headers"].items()],
    )
    for record in SAMPLE["records"]
]
LEAVES = [leaf_hash(record.topic, record.key, record.value, record.headers) for record in RECORDS]


def _key() -> ProofKey:
    number = int.from_bytes(jws.decode_canonical(SAMPLE["key"]["d"]) or b"", "big")
    return ProofKey(ec.derive_private_key(number, ec.SECP256R1()))


def test_leaves_root_and_paths_are_those_of_the_sample() -> None:
    tree = Tree.over(LEAVES)
    assert [leaf.hex() for leaf in LEAVES] == SAMPLE["leaves"]
    assert tree.head.hex() == SAMPLE["root"]
    paths = [WindowPath.in_tree(tree, index).to_bytes().decode() for index in range(3)]
    assert paths == SAMPLE["event-proof-path"]


def test_the_proof_of_the_sample_is_good() -> None:
    proof = read_proof(SAMPLE["event-proof"].encode())
    assert proof.is_signed()
    assert proof.is_by_key(SAMPLE["thumbprint"])
    assert proof.is_for_token(SAMPLE["token"])
    assert (proof.head.hex(), proof.size) == (SAMPLE["root"], 3)


def test_a_new_proof_differs_from_the_sample_by_signature() -> None:
    shown = dict(prove(Credential(SAMPLE["token"], _key()), RECORDS, now=lambda: 1795341600.5)[0])
    segments = shown["event-proof"].decode().split(".")
    assert segments[:2] == SAMPLE["event-proof"].split(".")[:2]
    decoded = [(jws.decode_canonical(segment) or b"").decode() for segment in segments[:2]]
    assert decoded == [SAMPLE["header"], SAMPLE["payload"]]
    assert read_proof(shown["event-proof"]).is_signed()


@pytest.mark.parametrize(
    "value",
    [
        SAMPLE["token"],
        SAMPLE["thumbprint"],
        *SAMPLE["leaves"],
        SAMPLE["root"],
        SAMPLE["payload"],
        *SAMPLE["event-proof-path"],
    ],
)
def test_the_page_tells_the_values_of_the_sample(value: str) -> None:
    assert value in PAGE
