"""`mint_token` and `assert_refused`: each bad token is bad in the one way that was asked for."""

from typing import Any

import pytest

from grantstream.contracts.claims import API_AUDIENCE
from grantstream.guard import AccessDenied, Requirement
from grantstream.testing import Mint, assert_refused
from grantstream.testing.token_minting import TokenFactory

MINT = Mint()


def test_a_token_is_good_unless_one_asks_for_another(mint_token: TokenFactory, grantstream_mint: Mint) -> None:
    claims = grantstream_mint.guard().authenticate(mint_token(scopes=["app.event.writeonly"], client_id="portal"))
    assert claims.scopes == {"app.event.writeonly"}
    assert claims.client_id == "portal"
    assert claims.confirmation_thumbprint == grantstream_mint.proof_key.thumbprint


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"expired": True}, "expired"),
        ({"not_yet_valid": True}, "not_yet_valid"),
        ({"wrong_key": True}, "signature_invalid"),
        ({"wrong_issuer": True}, "iss_wrong"),
        ({"audience": API_AUDIENCE}, "aud_wrong"),
    ],
)
def test_each_bad_token_is_refused_for_its_own_reason(asked: dict[str, Any], code: str) -> None:
    with assert_refused(code):
        MINT.guard().authenticate(TokenFactory(MINT)(**asked))


def test_a_request_token_has_only_the_requested_scopes() -> None:
    guard = MINT.guard(audience=API_AUDIENCE)
    claims = guard.authenticate(TokenFactory(MINT)(audience=API_AUDIENCE, scopes=["app.read"]))
    assert claims.scopes == {"app.read"}
    assert claims.confirmation_thumbprint is None
    with pytest.raises(AccessDenied):
        guard.demand(claims, Requirement(scope="app.write"))


def test_assert_refused_fails_without_the_expected_refusal() -> None:
    guard, tokens = MINT.guard(), TokenFactory(MINT)
    with pytest.raises(AssertionError, match="nothing was refused"), assert_refused("expired"):
        guard.authenticate(tokens())
    with pytest.raises(AssertionError, match="refused with signature_invalid"), assert_refused("expired"):
        guard.authenticate(tokens(wrong_key=True))


def test_a_code_that_there_is_not_is_a_mistake_of_the_test() -> None:
    with pytest.raises(ValueError, match="token_rotten"), assert_refused("token_rotten"):
        pass
