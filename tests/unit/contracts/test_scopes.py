"""A scope limits; implication and narrowing never make more of it than it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.scope_catalogue import CATALOGUE
from grantstream.contracts.scopes import allows, closure, implied_by, narrow, parse_scope

known = st.sampled_from(sorted(CATALOGUE))
invented = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?\.(read|write|writeonly|readwrite|delete)", fullmatch=True)
scope = known | invented
scope_sets = st.frozensets(scope, max_size=8)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", ()),
        ("   ", ()),
        ("openid", ("openid",)),
        ("b a b", ("b", "a")),
        ("a,b", ("a", "b")),
        (" a ,, b ", ("a", "b")),
        ("USER user", ("USER", "user")),
    ],
)
def test_scopes_are_read_in_order_and_each_once(value: str, names: tuple[str, ...]) -> None:
    assert parse_scope(value) == names


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\tb", "a\nb", "é", "a\x7fb", "\u2003a"])
def test_characters_outside_the_grammar_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="RFC 6749"):
        parse_scope(value)


@pytest.mark.parametrize(
    ("held", "gives"),
    [
        ("receipts.write", {"receipts.write", "receipts.read", "receipts.writeonly"}),
        ("expense.report.readwrite", {"expense.report.readwrite", "expense.report.read", "expense.report.writeonly"}),
        ("purchaserequest.write", {"purchaserequest.write", "purchaserequest.writeonly"}),
        ("receipts.read", {"receipts.read"}),
        ("receipts.writeonly", {"receipts.writeonly"}),
        ("expense.report.delete", {"expense.report.delete"}),
        ("user_read", {"user_read"}),
        ("openid", {"openid"}),
        ("write", {"write"}),
    ],
)
def test_only_write_and_readwrite_imply_other_scopes(held: str, gives: set[str]) -> None:
    assert implied_by(held) == gives


def test_case_matters() -> None:
    assert not allows({"Receipts.read"}, "receipts.read")
    assert not allows({"receipts.WRITE"}, "receipts.read")


def test_a_part_of_a_name_is_another_scope() -> None:
    assert not allows({"travel.receipts.write"}, "receipts.read")
    assert not allows({"receipts.write"}, "receipts")


@given(scope_sets)
def test_the_closure_is_closed_and_holds_what_it_came_from(held: frozenset[str]) -> None:
    once = closure(held)
    assert held <= once
    assert closure(once) == once


@given(scope_sets, scope_sets)
def test_closures_add_up(left: frozenset[str], right: frozenset[str]) -> None:
    assert closure(left | right) == closure(left) | closure(right)


@given(scope_sets, scope)
def test_allowing_is_being_in_the_closure(held: frozenset[str], wanted: str) -> None:
    assert allows(held, wanted) == (wanted in closure(held))


@given(scope_sets, scope)
def test_what_is_implied_stays_with_its_resource(held: frozenset[str], wanted: str) -> None:
    if allows(held, wanted):
        resource = wanted.rpartition(".")[0]
        assert wanted in held or any(name.rpartition(".")[0] == resource for name in held)


@given(scope_sets, st.lists(scope, max_size=8))
def test_narrowing_splits_a_request_and_widens_no_grant(granted: frozenset[str], requested: list[str]) -> None:
    given_, exceeding = narrow(granted, requested)
    assert sorted((*given_, *exceeding)) == sorted(set(requested))
    assert closure(given_) <= closure(granted)
    assert not any(allows(granted, name) for name in exceeding)
    assert list(given_) == [name for name in dict.fromkeys(requested) if name in given_]


@given(scope_sets, st.lists(scope, max_size=8), st.lists(scope, max_size=8))
def test_narrowing_twice_gives_no_more_than_narrowing_once(
    granted: frozenset[str], first: list[str], second: list[str]
) -> None:
    once, _ = narrow(granted, first)
    twice, _ = narrow(once, second)
    assert closure(twice) <= closure(once) <= closure(granted)


@given(st.lists(scope, max_size=8))
def test_parsing_reads_back_what_is_written(names: list[str]) -> None:
    assert parse_scope(" ".join(names)) == tuple(dict.fromkeys(names))
