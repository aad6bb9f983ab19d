"""Every claim that decides must be there, in its type, and exactly right."""

import json

import pytest

from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE, AccessTokenClaims, Principal
from grantstream.guard import RefusalCode
from grantstream.guard.token_rules import read_claims
from tests.unit.guard.forging import ISSUER, NOW, Bench, forge, payload

REQUIRED = [
    "iss",
    "sub",
    "aud",
    "client_id",
    "jti",
    "iat",
    "nbf",
    "exp",
    "scope",
    "grant_type",
    "app_version",
    "concur.type",
    "company_id",
    "user_version",
    "enablement_version",
]
OPTIONAL_OF_A_USER = ["roles", "grant_id", "secret_id", "concur.version", "concur.appId"]
TEXTS = ["iss", "sub", "aud", "client_id", "jti", "grant_type", "concur.type", "company_id", "grant_id", "secret_id"]
TIMES = ["iat", "nbf", "exp"]
VERSIONS = ["app_version", "enablement_version", "user_version"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_token_without_a_required_claim_is_refused(name: str) -> None:
    assert Bench().code_of(forge(payload(**{name: None}))) is RefusalCode.CLAIM_MISSING


@pytest.mark.parametrize("name", OPTIONAL_OF_A_USER)
def test_a_token_without_an_optional_claim_is_taken(name: str) -> None:
    assert Bench().code_of(forge(payload(**{name: None}))) is None


def test_a_user_of_a_system_client_needs_no_enablement() -> None:
    assert Bench().code_of(forge(payload(app_version=0, enablement_version=None))) is None


@pytest.mark.parametrize("name", [*REQUIRED, "roles", "grant_id", "secret_id", "key_space", "cnf"])
def test_null_is_not_taken_for_absence(name: str) -> None:
    claims = json.dumps(payload() | {name: None}).encode()
    assert Bench().code_of(forge(claims)) is RefusalCode.CLAIM_MISTYPED


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", ["", 1, True, {}, "a\nb", "a\u0000", "\u200b", "\ud800"], ids=repr)
def test_a_text_claim_must_be_printable_text(name: str, value: object) -> None:
    assert Bench().code_of(forge(payload(**{name: value}))) is RefusalCode.CLAIM_MISTYPED


@pytest.mark.parametrize("name", [*TIMES, *VERSIONS])
@pytest.mark.parametrize("value", [True, False, 1.0, float(NOW), "1", [1], {}], ids=repr)
def test_a_number_must_be_an_integer(name: str, value: object) -> None:
    assert Bench().code_of(forge(payload(**{name: value}))) is RefusalCode.CLAIM_MISTYPED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("app_version", -1),
        ("enablement_version", 0),
        ("enablement_version", -1),
        ("user_version", 0),
        ("user_version", -1),
    ],
)
def test_a_version_below_its_minimum_is_refused(name: str, value: int) -> None:
    assert Bench().code_of(forge(payload(**{name: value}))) is RefusalCode.CLAIM_MISTYPED


def test_a_system_client_has_version_zero() -> None:
    assert Bench().guard.authenticate(forge(payload(app_version=0))).app_version == 0


@pytest.mark.parametrize("name", ["roles", "key_space"])
@pytest.mark.parametrize("value", ["developer", {}, 1, [1], ["a", None], [""], [["a"]]], ids=repr)
def test_a_list_must_be_one_of_texts(name: str, value: object) -> None:
    assert Bench().code_of(forge(payload(**{name: value}))) is RefusalCode.CLAIM_MISTYPED


@pytest.mark.parametrize("value", [1, ["receipts.read"], "a,b", 'a"b', "a\\b", "a\tb", "é", {}], ids=repr)
def test_scope_must_be_a_space_delimited_text(value: object) -> None:
    assert Bench().code_of(forge(payload(scope=value))) is RefusalCode.CLAIM_MISTYPED


def test_a_token_may_have_no_scope_at_all() -> None:
    assert Bench().guard.authenticate(forge(payload(scope=""))).scopes == frozenset()


@pytest.mark.parametrize("value", ["User", "admin", "application", "*"])
def test_a_kind_of_token_that_is_not_known_is_refused(value: str) -> None:
    assert Bench().code_of(forge(payload(concur_type=value))) is RefusalCode.CLAIM_MISTYPED


@pytest.mark.parametrize(
    "value", ["x", {}, {"jkt": 1}, {"jkt": ""}, {"x5t#S256": "x"}, {"jkt": "x", "jwk": {}}], ids=repr
)
def test_a_binding_that_is_not_understood_is_refused(value: object) -> None:
    code = Bench().code_of(forge(payload(cnf=value)))
    assert code is RefusalCode.CLAIM_MISTYPED


@pytest.mark.parametrize(
    "issuer",
    [
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER[:-1],
        ISSUER + ".attacker.example",
        "http://token.example",
        " " + ISSUER,
        "*",
    ],
)
def test_an_issuer_that_is_nearly_ours_is_refused(issuer: str) -> None:
    assert Bench().code_of(forge(payload(iss=issuer))) is RefusalCode.ISS_WRONG


@pytest.mark.parametrize(
    "audience",
    [
        API_AUDIENCE + "/",
        API_AUDIENCE.upper(),
        API_AUDIENCE[:-1],
        API_AUDIENCE + "s",
        f"{API_AUDIENCE} {EVENTS_AUDIENCE}",
        EVENTS_AUDIENCE,
        "*",
        [API_AUDIENCE],
        [API_AUDIENCE, EVENTS_AUDIENCE],
        [],
        ["*"],
    ],
    ids=repr,
)
def test_an_audience_must_be_exactly_the_one_string(audience: object) -> None:
    assert Bench().code_of(forge(payload(aud=audience))) is RefusalCode.AUD_WRONG


def test_a_remembered_token_of_another_audience_is_refused() -> None:
    bench = Bench()
    token = forge(payload(aud=EVENTS_AUDIENCE))
    assert [bench.code_of(token) for _ in range(2)] == [RefusalCode.AUD_WRONG] * 2


def test_company_and_application_tokens_need_no_user() -> None:
    company = payload(concur_type="company", sub="company-1", user_version=None)
    assert Bench().code_of(forge(company)) is None
    application = payload(concur_type="app", sub="app-1", user_version=None, company_id=None, enablement_version=None)
    assert Bench().code_of(forge(application)) is None


def test_claims_that_nobody_knows_do_not_matter() -> None:
    assert Bench().code_of(forge(payload(extra={"any": [1.5, None]}))) is None


def test_what_the_contract_writes_the_guard_reads_back() -> None:
    claims = AccessTokenClaims(
        issuer=ISSUER,
        subject="user-1",
        audience=EVENTS_AUDIENCE,
        client_id="app-1",
        token_id="token-1",
        issued_at=NOW,
        expires_at=NOW + 60,
        not_before=NOW,
        principal=Principal.USER,
        scopes=frozenset({"fence.event.writeonly", "app.event.writeonly"}),
        grant_type="client_credentials",
        app_version=1,
        enablement_version=2,
        user_version=3,
        company_id="company-1",
        roles=frozenset({"developer"}),
        grant_id="grant-1",
        secret_id="secret-1",
        key_space=("app/*",),
        confirmation_thumbprint="thumb",
        key_id="ec-1",
    )
    assert read_claims(claims.to_payload(), key_id="ec-1", issuer=ISSUER) == claims
