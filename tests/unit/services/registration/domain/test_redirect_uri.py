"""Which redirect URIs may be registered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.domain.redirect_uri import fault_of


@pytest.mark.parametrize(
    "uri",
    [
        "https://taxi.example/connected?from=concur",
        "https://taxi.example:8443/a",
        "http://localhost/back",
        "http://127.0.0.1:49152/back",
        "http://[::1]:8000/back",
        "com.example.taxi:/back",
    ],
)
def test_safe_uris_are_taken(uri: str) -> None:
    assert fault_of(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/connected",
        "//taxi.example/",
        "https:///nowhere",
        "http://taxi.example/",
        "http://localhost.taxi.example/",
        "https://taxi.example/#fragment",
        "https://taxi.example/#",
        "https://user:secret@taxi.example/",
        "https://*.taxi.example/",
        "https://taxi.example/ ",
        "https://taxi.example/\n",
        "https://taxi.exämple/",
        "https://taxi.example:port/",
        "https://[::1/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://taxi.example\\@evil.example/",
        "https://taxi.example/" + "x" * 2000,
    ],
)
def test_unsafe_uris_are_refused(uri: str) -> None:
    assert fault_of(uri) is not None


@given(st.text())
def test_any_text_gets_an_answer(uri: str) -> None:
    fault_of(uri)
