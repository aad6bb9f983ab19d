"""The public HTTP calls as values, so that one can be sent to any process, or to all of them at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

GENERAL_RECEIPT = "<http://schema.concursolutions.com/general-receipt.schema.json>;rel=describedBy"
FORM = "application/x-www-form-urlencoded"
TOKEN_PATH = "/oauth2/v0/token"


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def get(path: str, token: str | None = None, **headers: str) -> Call:
    """A GET; underscores in the names of `headers` stand for hyphens."""
    return Call("GET", path, bearer(token) | {name.replace("_", "-"): value for name, value in headers.items()})


def send_json(method: str, path: str, token: str | None, content: Any, **headers: str) -> Call:
    """A request with a JSON body."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call(method, path, bearer(token) | {"Content-Type": "application/json"} | told, json.dumps(content).encode())


def delete(path: str, token: str, **headers: str) -> Call:
    """A DELETE."""
    return Call("DELETE", path, get(path, token, **headers).headers)


def ask_token(**form: str | None) -> Call:
    """POST /oauth2/v0/token; parameters that are None are left out."""
    told = {name: value for name, value in form.items() if value is not None}
    return Call("POST", TOKEN_PATH, {"Content-Type": FORM}, urlencode(told).encode())


def post_receipt(token: str, user_id: str, receipt: Any = None) -> Call:
    """Posts a general receipt for a user."""
    content = a_receipt() if receipt is None else receipt
    return send_json("POST", f"/receipts/v4/users/{user_id}", token, content, Link=GENERAL_RECEIPT)


def bearer(token: str | None) -> dict[str, str]:
    """The Authorization header (RFC 6750, section 2.1), if there is a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def a_receipt(**changes: Any) -> dict[str, Any]:
    """A whole general receipt."""
    return {
        "dateTime": "2026-11-20T18:30:00+01:00",
        "total": "42.50",
        "currencyCode": "EUR",
        "seller": {"name": "Harbour Taxi", "location": {"address": {"addressCountry": "DE"}}},
        "payments": [{"amount": "42.50"}],
    } | changes
