"""A path leads from its own leaf to the head, and from nothing else."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.proof.leaf import LEAF_PREFIX
from grantstream.proof.merkle import HASH_BYTES, MAX_LEAVES, Tree, head_from_path

LARGEST = 600

# The leaves and heads of the reference trees of Certificate Transparency (the project that RFC 6962 comes from).
CT_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf(content: bytes) -> bytes:
    return hashlib.sha256(LEAF_PREFIX + content).digest()


LEAVES = [leaf(b"%d" % number) for number in range(LARGEST)]


def head_by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return hashlib.sha256(b"\x01" + head_by_the_book(leaves[:k]) + head_by_the_book(leaves[k:])).digest()


def path_by_the_book(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, as it is written there."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*path_by_the_book(m, leaves[:k]), head_by_the_book(leaves[k:])]
    return [*path_by_the_book(m - k, leaves[k:]), head_by_the_book(leaves[:k])]


def _split(n: int) -> int:
    return 1 << ((n - 1).bit_length() - 1)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_reference_trees_have_their_heads(size: int) -> None:
    assert Tree.over([leaf(content) for content in CT_LEAVES[:size]]).head.hex() == CT_HEADS[size - 1]


@pytest.mark.parametrize("size", [*range(1, 40), 63, 64, 65, 100, 127, 128, 129])
def test_heads_and_paths_match_the_standard(size: int) -> None:
    tree = Tree.over(LEAVES[:size])
    assert tree.head == head_by_the_book(LEAVES[:size])
    for index in range(size):
        assert tree.path(index) == b"".join(path_by_the_book(index, LEAVES[:size]))


def test_every_leaf_of_every_window_reaches_its_head() -> None:
    for size in range(1, LARGEST + 1):
        tree = Tree.over(LEAVES[:size])
        for index in range(size):
            path = tree.path(index)
            assert head_from_path(LEAVES[index], index=index, size=size, path=path) == tree.head, (size, index)


places = st.integers(1, LARGEST).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1)))


@given(places, st.integers(0, LARGEST - 1))
def test_no_other_leaf_and_no_other_place_reaches_the_head(place: tuple[int, int], other: int) -> None:
    size, index = place
    tree = Tree.over(LEAVES[:size])
    path = tree.path(index)
    if other != index:
        assert head_from_path(LEAVES[other], index=index, size=size, path=path) != tree.head
        assert head_from_path(LEAVES[index], index=other, size=size, path=path) != tree.head


@given(places, st.data())
def test_an_altered_path_leads_to_another_head(place: tuple[int, int], data: st.DataObject) -> None:
    size, index = place
    tree = Tree.over(LEAVES[:size])
    path = tree.path(index)
    wrong = [path + LEAVES[0], path + b"\0", LEAVES[0] + path]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        wrong += [path[:-HASH_BYTES], path[:-1], path[:at] + bytes([path[at] ^ 1]) + path[at + 1 :]]
    for altered in wrong:
        assert head_from_path(LEAVES[index], index=index, size=size, path=altered) != tree.head


def test_an_inner_node_does_not_stand_for_a_record() -> None:
    tree = Tree.over(LEAVES[:4])
    left = tree.levels[1][0]
    assert head_from_path(left, index=0, size=2, path=tree.levels[1][1]) == tree.head
    # The node itself reaches the head of a smaller tree; but no record has it as its leaf, by the prefixes.
    assert leaf(LEAVES[0] + LEAVES[1]) != left


@pytest.mark.parametrize(("index", "size"), [(-1, 2), (2, 2), (0, 0), (0, MAX_LEAVES + 1), (2**64, 2**65), (0, 2**63)])
def test_a_place_that_no_window_has_leads_nowhere(index: int, size: int) -> None:
    assert head_from_path(LEAVES[0], index=index, size=size, path=LEAVES[1] * 64) is None


@pytest.mark.parametrize("count", [0, MAX_LEAVES + 1])
def test_a_window_has_one_record_at_least_and_not_too_many(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 65536"):
        Tree.over([LEAVES[0]] * count)


def test_the_largest_window_has_paths_of_sixteen_siblings() -> None:
    tree = Tree.over([leaf(b"%d" % number) for number in range(MAX_LEAVES)])
    for index in (0, MAX_LEAVES - 1, random.Random(1).randrange(MAX_LEAVES)):
        path = tree.path(index)
        assert len(path) == 16 * HASH_BYTES
        assert head_from_path(tree.levels[0][index], index=index, size=MAX_LEAVES, path=path) == tree.head
