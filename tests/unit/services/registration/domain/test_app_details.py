"""What an owner may say about an application."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.invalid_input import InvalidInput
from tests.unit.services.registration.samples import app


def faults_of(**changes: object) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        app(**changes)
    return [fault.pointer for fault in refused.value.faults]


def test_sound_details_are_taken() -> None:
    app(
        description="Line one\nline two",
        apis=("quick-expense", "expense-report"),
        sensitive_data_groups=("CCARD",),
        redirect_uris=("https://taxi.example/connected", "http://127.0.0.1:5000/back", "com.example.taxi:/back"),
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "tab\there", "\ud800", "line\nbreak"])
def test_a_name_that_is_empty_long_or_disguised_is_refused(name: str) -> None:
    assert set(faults_of(name=name)) == {"/name"}


def test_every_broken_rule_is_told_at_once_with_its_place() -> None:
    assert faults_of(
        name="",
        scopes=("receipts.writeonly", "receipts.everything"),
        allowed_grants=("implicit",),
        apis=("quick-expense",),
        sensitive_data_groups=("CCARD",),
        redirect_uris=("http://taxi.example/",),
        environment="moon",
    ) == [
        "/name",
        "/apis/0",
        "/sensitiveDataGroups/0",
        "/scopes/1",
        "/allowedGrants/0",
        "/redirectUris/0",
        "/environment",
    ]


@pytest.mark.parametrize("field", ["scopes", "allowed_grants", "redirect_uris", "apis"])
def test_nothing_is_named_twice(field: str) -> None:
    sound = {
        "scopes": "receipts.read",
        "allowed_grants": "password",
        "redirect_uris": "https://taxi.example/",
        "apis": "receipts",
    }[field]
    assert faults_of(**{field: (sound, sound)})


@pytest.mark.parametrize(("api", "needed"), [("quick-expense", "expense-report"), ("receipt-image", "imaging")])
def test_an_api_that_needs_another_is_refused_without_it(api: str, needed: str) -> None:
    assert faults_of(apis=(api,)) == ["/apis/0"]
    app(apis=(api, needed))


def test_a_sensitive_data_group_needs_its_api() -> None:
    assert faults_of(apis=("receipts",), sensitive_data_groups=("MEDIC",)) == ["/sensitiveDataGroups/0"]
    app(apis=("travel-profile",), sensitive_data_groups=("MEDIC",))


@given(name=st.text(), scope=st.text(), uri=st.text())
def test_what_was_sent_is_never_part_of_the_refusal(name: str, scope: str, uri: str) -> None:
    try:
        app(name=name, scopes=(scope,), redirect_uris=(uri,))
    except InvalidInput as refused:
        reasons = [fault.reason for fault in refused.faults]
        assert not any(len(text) > 3 and text in reason for text in (name, scope) for reason in reasons)
