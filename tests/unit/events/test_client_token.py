"""A producer's token is there before anybody asks, is renewed at half its life, and appears in no log."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from grantstream.contracts.claims import EVENTS_AUDIENCE
from grantstream.events.producing.client_token import ClientCredentialsToken, ClientSecret

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def key_file(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    return _written(tmp_path, key)


def _written(folder: Path, key: Any) -> Path:
    path = folder / "client.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_source(key_file: Path, answer: Answer, clock: Clock | None = None) -> ClientCredentialsToken:
    return ClientCredentialsToken(
        "https://token.test",
        "client",
        key_file,
        scopes=["app.event.writeonly", "fence.event.writeonly"],
        audience="https://issuer.test",
        transport=httpx.MockTransport(answer),
        clock=clock or Clock(),
    )


def issued(token: str, expires_in: float = 3600) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "expires_in": expires_in})


async def test_it_asks_as_a_client_that_signs_with_its_own_key(key_file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return issued("token")

    async with a_source(key_file, answer) as source:
        assert (await source.current()).token == "token"
    assert str(asked[0].url) == "https://token.test/oauth2/v0/token"
    form = {name: values[0] for name, values in parse_qs(asked[0].content.decode()).items()}
    assert form["grant_type"] == "client_credentials"
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert form["scope"] == "app.event.writeonly fence.event.writeonly"
    assert form["resource"] == EVENTS_AUDIENCE
    claims = jwt.decode(
        form["client_assertion"], key.public_key(), algorithms=["ES256"], audience="https://issuer.test"
    )
    assert claims["iss"] == claims["sub"] == "client"
    assert claims["jti"]
    assert claims["exp"] - claims["iat"] <= 60


async def test_a_client_secret_authenticates_and_is_never_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return issued("token") if len(asked) > 1 else httpx.Response(401)

    secret = ClientSecret("s3cret")
    transport = httpx.MockTransport(answer)
    with caplog.at_level(logging.DEBUG, logger="grantstream"):
        async with ClientCredentialsToken("https://token.test", "portal", secret, scopes=[], transport=transport) as it:
            await it.current()
    form = {name: values[0] for name, values in parse_qs(asked[0].content.decode()).items()}
    assert (form["client_id"], form["client_secret"]) == ("portal", "s3cret")
    assert "client_assertion" not in form
    assert "s3cret" not in caplog.text + repr(secret) + repr(it)


async def test_no_assertion_is_used_twice(key_file: Path) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(parse_qs(request.content.decode())["client_assertion"][0])
        return issued("token") if len(seen) == 3 else httpx.Response(503)

    async with a_source(key_file, answer) as source:
        await source.current()
    assert len(set(seen)) == 3


async def test_it_retries_while_the_token_service_is_down(key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    answers: list[Any] = [
        httpx.ConnectError("down"),
        httpx.Response(500, text="secret"),
        httpx.Response(200, text="{}"),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if not answers:
            return issued("token-in-no-log")
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return]

    with caplog.at_level(logging.DEBUG, logger="grantstream"):
        async with a_source(key_file, answer) as source:
            assert (await source.current()).token == "token-in-no-log"
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 3
    assert "token-in-no-log" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": "s3cret is wrong"}),
            "the token endpoint answered 401 (invalid_client)",
        ),
        (httpx.Response(401, json={"error": "s3cret is wrong"}), "the token endpoint answered 401"),
        (httpx.Response(502, text="<html>s3cret</html>"), "the token endpoint answered 502"),
        (httpx.Response(503, json=["invalid_client"]), "the token endpoint answered 503"),
    ],
)
async def test_why_there_is_none_is_told_without_what_was_sent(
    key_file: Path, refusal: httpx.Response, told: str
) -> None:
    answers = [refusal]
    async with a_source(key_file, lambda _: answers[0]) as source:
        async with asyncio.timeout(5):
            while source.hindrance is None:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.001)
        assert source.hindrance == told
        answers[0] = issued("token")
        await source.current()
        assert source.hindrance is None


async def test_a_token_is_renewed_at_half_of_its_lifetime(key_file: Path) -> None:
    clock, tokens = Clock(), iter(["first", "second"])
    renewed = asyncio.Event()

    def answer(_: httpx.Request) -> httpx.Response:
        token = next(tokens, None)
        if token is None:
            return httpx.Response(503)
        if token == "second":
            renewed.set()
        return issued(token, 0.4)

    async with a_source(key_file, answer, clock) as source:
        assert (await source.current()).token == "first"
        assert not renewed.is_set()
        await asyncio.wait_for(renewed.wait(), 5)


async def test_a_token_that_is_about_to_end_is_not_handed_out(key_file: Path) -> None:
    clock = Clock()
    async with a_source(key_file, lambda _: issued("first"), clock) as source:
        await source.current()
        clock.now += 3594
        assert (await source.current()).token == "first"
        clock.now += 2
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(source.current(), 0.05)


@pytest.mark.parametrize("curve", [ec.SECP384R1(), None])
def test_a_key_of_another_curve_is_refused_unquoted(tmp_path: Path, curve: Any) -> None:
    path = tmp_path / "client.pem"
    path.write_text("no key")
    if curve:
        _written(tmp_path, ec.generate_private_key(curve))
    with pytest.raises(ValueError, match=r"client\.pem") as failure:
        a_source(path, lambda _: issued("token"))
    assert "BEGIN" not in str(failure.value)


async def test_a_token_that_was_taken_back_is_replaced_at_once(key_file: Path) -> None:
    answers = iter(["first", "second"])
    taken_back: set[str] = set()
    async with a_source(key_file, lambda _: issued(next(answers))) as source:
        assert (await source.current()).token == "first"
        source.renew_if(taken_back.__contains__)
        assert (await source.current()).token == "first"
        taken_back.add("first")
        async with asyncio.timeout(5):
            assert (await source.current()).token == "second"


async def test_void_tokens_are_renewed_with_pauses(key_file: Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return issued(f"token-{len(asked)}")

    async with a_source(key_file, answer) as source:
        source.renew_if(lambda token: token != "token-4")
        began = time.monotonic()
        async with asyncio.timeout(5):
            assert (await source.current()).token == "token-4"
        assert time.monotonic() - began > 0.29
    assert len(asked) == 4


async def test_an_own_fault_is_logged_unquoted_and_retried(key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            raise RuntimeError(request.content.decode())
        return issued("token")

    async with asyncio.timeout(10), a_source(key_file, answer) as source:
        assert (await source.current()).token == "token"
    assert "RuntimeError" in caplog.text
    assert "client_assertion" not in caplog.text
