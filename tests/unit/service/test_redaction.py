import json
import logging

import pytest
import structlog

from grantstream.service.correlation import set_correlation_id
from grantstream.service.redaction import redact, redacted_text
from tests.unit.service.conftest import LogLines

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "key", ["client_secret", "password", "refresh_token", "Authorization", "client_assertion", "dsn"]
)
def test_values_with_a_secret_name_are_hidden(key: str) -> None:
    assert redact(None, "", {"event": "x", key: "s3cret"})[key] == "[hidden]"


def test_an_authorization_code_is_hidden_but_no_error_code() -> None:
    assert redact(None, "", {"code": "token_void"})["code"] == "token_void"
    assert redact(None, "", {"code": "Zx81-AbCdEf_0123456789"})["code"] == "[hidden]"


def test_secrets_are_hidden_inside_of_structures() -> None:
    hidden = redact(None, "", {"body": {"name": "x", "inner": [{"secret": "s3cret", "n": 1}]}})
    assert hidden["body"] == {"name": "x", "inner": [{"secret": "[hidden]", "n": 1}]}


@pytest.mark.parametrize(
    "text",
    [
        f"bad token {TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        "authorization: basic dXNlcjpwYXNzd29yZA==",
        "connecting to postgres://grantstream:c2lnbmF0dXJl@db/x",
        "-----BEGIN PRIVATE KEY-----\nc2lnbmF0dXJl\n-----END PRIVATE KEY-----",
        "duplicate key value\nDETAIL:  Key (login)=(c2lnbmF0dXJl) already exists.",
    ],
)
def test_texts_lose_what_looks_like_a_credential(text: str) -> None:
    shown = redacted_text(text)
    assert "[hidden]" in shown
    for secret in ("c2lnbmF0dXJl", "dXNlcjpwYXNzd29yZA", "eyJzdWI"):
        assert secret not in shown


def test_every_line_is_json_and_says_where_it_comes_from(log_lines: LogLines) -> None:
    set_correlation_id("c-1")
    structlog.get_logger("ours").info("it happened", app_id="a1")
    logging.getLogger("theirs").warning("beware of %s", TOKEN, extra={"topic": "fence"})
    ours, theirs = log_lines()
    assert (ours["event"], ours["app_id"], ours["service"], ours["role"]) == ("it happened", "a1", "tiny", "http")
    assert ours["correlation_id"] == "c-1"
    assert (theirs["event"], theirs["level"], theirs["topic"]) == ("beware of [hidden]", "warning", "fence")
    assert theirs["pid"] == ours["pid"]


def test_a_traceback_in_the_log_holds_no_token(log_lines: LogLines) -> None:
    try:
        raise RuntimeError(f"could not use {TOKEN}")
    except RuntimeError:
        structlog.get_logger().exception("it failed")
    [line] = log_lines()
    assert "RuntimeError" in line["exception"]
    assert TOKEN not in json.dumps(line)
