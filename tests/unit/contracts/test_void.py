"""Bounds are only ever raised, and what is void stays void."""

from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.void import VoidBelow

SCOPES = ["receipts.read", "receipts.write", "openid"]
GRANTS = ["password", "otp", "client_credentials"]
versions = st.integers(0, 6)
bounds = st.builds(
    VoidBelow,
    version=versions,
    scopes=st.dictionaries(st.sampled_from(SCOPES), versions),
    grants=st.dictionaries(st.sampled_from(GRANTS), versions),
)
tokens = st.tuples(versions, st.frozensets(st.sampled_from(SCOPES)), st.sampled_from([None, *GRANTS]))
Token = tuple[int, frozenset[str], str | None]


def test_a_token_from_the_bound_on_is_good() -> None:
    below_three = VoidBelow(version=3)
    assert [below_three.voids(version) for version in (2, 3, 4)] == [True, False, False]


def test_a_scopes_bound_voids_only_tokens_that_carry_it() -> None:
    bound = VoidBelow(scopes={"receipts.write": 3})
    assert bound.voids(2, {"receipts.write", "openid"})
    assert not bound.voids(2, {"receipts.read"})
    assert not bound.voids(3, {"receipts.write"})


def test_a_grants_bound_voids_only_tokens_that_it_gave() -> None:
    bound = VoidBelow(grants={"password": 3})
    assert bound.voids(2, (), "password")
    assert not bound.voids(2, (), "otp")
    assert not bound.voids(2, (), None)


def test_nothing_is_void_by_empty_bounds() -> None:
    assert VoidBelow().is_empty
    assert not VoidBelow().voids(0, SCOPES, "password")


@given(bounds, bounds)
def test_raising_is_the_same_in_either_order(left: VoidBelow, right: VoidBelow) -> None:
    assert left.raised_to(right) == right.raised_to(left)


@given(bounds, bounds, bounds)
def test_raising_is_the_same_however_it_is_grouped(first: VoidBelow, second: VoidBelow, third: VoidBelow) -> None:
    assert first.raised_to(second).raised_to(third) == first.raised_to(second.raised_to(third))


@given(bounds)
def test_hearing_the_same_twice_changes_nothing(bound: VoidBelow) -> None:
    assert bound.raised_to(bound) == bound


@given(bounds, bounds, tokens)
def test_merged_bounds_void_exactly_what_either_voids(left: VoidBelow, right: VoidBelow, token: Token) -> None:
    assert left.raised_to(right).voids(*token) == (left.voids(*token) or right.voids(*token))


@given(bounds, tokens)
def test_a_later_token_is_never_worse_off(bound: VoidBelow, token: Token) -> None:
    version, scopes, grant = token
    if bound.voids(version + 1, scopes, grant):
        assert bound.voids(version, scopes, grant)


@given(bounds)
def test_bounds_survive_the_wire(bound: VoidBelow) -> None:
    assert VoidBelow.model_validate_json(bound.model_dump_json()) == bound
