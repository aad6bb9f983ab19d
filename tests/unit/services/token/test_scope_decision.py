"""Scopes are narrowed, never widened, and a token is for one audience."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE
from grantstream.contracts.grants import GrantType
from grantstream.contracts.scope_catalogue import CATALOGUE, is_event_scope
from grantstream.contracts.scopes import closure
from services.token.domain.scope_decision import ScopeDecision, decide_scopes
from services.token.errors import TokenRequestDenied

HELD = ("receipts.write", "openid", "receipt.event.writeonly")
SCOPES = st.lists(st.sampled_from(sorted(CATALOGUE)), unique=True, max_size=8)


def decide(
    held: tuple[str, ...] = HELD,
    requested: str | None = None,
    resource: str | None = None,
    grant_type: GrantType = GrantType.CLIENT_CREDENTIALS,
) -> ScopeDecision:
    return decide_scopes(held, requested=requested, resource=resource, grant_type=grant_type)


@given(SCOPES, st.none() | SCOPES, st.sampled_from([None, API_AUDIENCE, EVENTS_AUDIENCE]))
def test_nothing_is_given_that_is_not_held_and_asked_for(
    held: list[str], wanted: list[str] | None, resource: str | None
) -> None:
    try:
        decision = decide(tuple(held), " ".join(wanted) if wanted else None, resource)
    except TokenRequestDenied:
        return
    assert decision.scopes <= closure(held)
    assert not wanted or decision.scopes == set(wanted)
    assert {is_event_scope(scope) for scope in decision.scopes} <= {decision.audience == EVENTS_AUDIENCE}


def test_without_a_request_the_http_apis_are_meant() -> None:
    assert decide() == ScopeDecision(API_AUDIENCE, frozenset({"receipts.write", "openid"}))


def test_event_scopes_alone_mean_events() -> None:
    assert decide(requested="receipt.event.writeonly").audience == EVENTS_AUDIENCE
    assert decide(held=("receipt.event.writeonly",)).audience == EVENTS_AUDIENCE


def test_a_resource_chooses_among_what_is_held() -> None:
    assert decide(resource=EVENTS_AUDIENCE).scopes == {"receipt.event.writeonly"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"requested": "user.read"}, 54),
        ({"requested": "receipts.read receipt.event.writeonly"}, 54),
        ({"requested": "receipts.read", "resource": EVENTS_AUDIENCE}, 54),
        ({"requested": "recei\\pts"}, 54),
        ({"held": ("openid",), "resource": EVENTS_AUDIENCE}, 54),
        ({"resource": "https://elsewhere.test"}, 901),
        ({"resource": EVENTS_AUDIENCE, "grant_type": GrantType.PASSWORD}, 901),
    ],
)
def test_what_cannot_be_given_is_refused(arguments: dict[str, object], code: int) -> None:
    with pytest.raises(TokenRequestDenied) as refusal:
        decide(**arguments)  # type: ignore[arg-type]
    assert refusal.value.error.code == code


def test_commas_are_taken_as_spaces() -> None:
    assert decide(requested="receipts.read,openid").scopes == {"receipts.read", "openid"}
