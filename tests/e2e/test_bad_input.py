"""Input that is wrong gets a clear error in the API's own form, stores nothing and repeats no secret."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.bad_input import (
    FORM,
    JSON,
    MARKER,
    UNREADABLE,
    Bad,
    as_json,
    assert_is_oauth_error,
    assert_is_problem,
    assert_is_receipts_error,
    assert_tells_nothing,
)
from tests.e2e.calls import GENERAL_RECEIPT, TOKEN_PATH, a_receipt, bearer, get
from tests.e2e.client import Answer, Connection
from tests.e2e.stage import App, Stage, User

REGISTRATION = [
    *UNREADABLE,
    Bad("an unknown field", (422,), as_json({"name": "x", "scopes": [], "allowedGrants": [], MARKER[:6]: MARKER})),
    Bad("a number as name", (422,), as_json({"name": 7, "scopes": [], "allowedGrants": []})),
    Bad("a text as list", (422,), as_json({"name": "x", "scopes": MARKER, "allowedGrants": []})),
    Bad("a list as body", (422,), as_json([MARKER])),
    Bad("an unknown scope", (422,), as_json({"name": "x", "scopes": [MARKER], "allowedGrants": []})),
    Bad("an unknown grant", (422,), as_json({"name": "x", "scopes": [], "allowedGrants": [MARKER]})),
    Bad("an unknown stage", (422,), as_json({"name": "x", "scopes": [], "allowedGrants": [], "environment": MARKER})),
    Bad("no name", (422,), as_json({"name": " ", "scopes": [], "allowedGrants": []})),
    Bad("a name with NUL", (400, 422), as_json({"name": "a\0", "scopes": [], "allowedGrants": []})),
    Bad("a name without end", (422,), as_json({"name": "x" * 5000, "scopes": [], "allowedGrants": []})),
    Bad(
        "a redirect to a script",
        (422,),
        as_json({"name": "x", "scopes": [], "allowedGrants": [], "redirectUris": ["javascript:alert(1)"]}),
    ),
]  # fmt: skip

USERS = [
    *UNREADABLE,
    Bad("an unknown field", (422,), as_json({"login": "kim@e2e.example", "admin": MARKER})),
    Bad("an unknown role", (422,), as_json({"login": "kim@e2e.example", "roles": [MARKER]})),
    Bad("a staff role", (403, 422), as_json({"login": "kim@e2e.example", "roles": ["review_staff"]})),
    Bad("a weak password", (422,), as_json({"login": "kim@e2e.example", "password": "short"})),
    Bad("a password as list", (422,), as_json({"login": "kim@e2e.example", "password": [MARKER]})),
    Bad("a login with a line break", (422,), as_json({"login": f"kim\n{MARKER}"})),
    Bad("a login with NUL", (400, 422), as_json({"login": "kim\0@e2e.example"})),
]

RECEIPTS = [
    *UNREADABLE,
    Bad("a total as number", (400,), as_json(a_receipt(total=42.5))),
    Bad("a total as text", (400,), as_json(a_receipt(total=MARKER))),
    Bad("no seller", (400,), as_json({key: value for key, value in a_receipt().items() if key != "seller"})),
    Bad("no payments", (400,), as_json(a_receipt(payments=[]))),
    Bad("a date that is none", (400,), as_json(a_receipt(dateTime="2026-13-40T99:00:00Z"))),
    Bad("an unknown currency", (400,), as_json(a_receipt(currencyCode="€"))),
    Bad("a list as body", (400,), as_json([a_receipt()])),
    Bad("an unknown schema", (400,), as_json(a_receipt()), [JSON, ("Link", f"<http://x.example/{MARKER}>;rel=describedBy")]),
]  # fmt: skip

_ID = "client_id=0198c1a0-0000-7000-8000-00000000000a"
_BASIC = ("Authorization", f"Basic {MARKER}")
_SECRET = f"{_ID}&client_secret={MARKER}"
TOKENS = [
    Bad("no body", (400,), b"", [FORM]),
    Bad("JSON", (400,), as_json({"client_secret": MARKER})),
    Bad("another character set", (400,), b"", [("Content-Type", FORM[1] + "; charset=utf-16")]),
    Bad("no content type", (400,), _SECRET.encode(), []),
    Bad("no grant type", (400,), _SECRET.encode(), [FORM]),
    Bad("no client", (400,), f"grant_type=password&client_secret={MARKER}".encode(), [FORM]),
    Bad("an unknown client", (401,), f"grant_type=password&{_SECRET}".encode(), [FORM]),
    Bad("a parameter given twice", (400,), f"grant_type=password&{_SECRET}&client_secret={MARKER}".encode(), [FORM]),
    Bad("bytes outside ASCII", (400,), f"grant_type=password&{_SECRET}&scope=".encode() + b"\xff", [FORM]),
    Bad("an escape that is no UTF-8", (400,), f"grant_type=password&{_SECRET}&scope=%ff".encode(), [FORM]),
    Bad("a broken escape", (400,), f"grant_type=password&{_SECRET}&scope=%zz".encode(), [FORM]),
    Bad("an escaped NUL", (400,), f"grant_type=password&{_ID}%00&client_secret={MARKER}".encode(), [FORM]),
    Bad("a secret in the URL", (400,), b"grant_type=client_credentials", [FORM], query=f"?{_SECRET}"),
    Bad("two Authorization headers", (400,), b"grant_type=password", [FORM, _BASIC, _BASIC]),
    Bad("two ways to authenticate", (400,), _SECRET.encode(), [FORM, _BASIC]),
    Bad("credentials that are none", (401,), b"grant_type=password", [FORM, _BASIC]),
    Bad("an assertion that is none", (400, 401), f"grant_type=password&client_assertion={MARKER}".encode(), [FORM]),
    Bad("too large", (413,), b"a" * (1024 * 1024 + 1), [FORM]),
    Bad("too large without a length", (413,), b"a" * (1024 * 1024 + 1), [FORM], chunked=True),
]  # fmt: skip


@pytest.fixture(scope="module")
def owner(stage: Stage) -> User:
    stage.seen.add(MARKER)
    return stage.open_company()


@pytest.fixture(scope="module")
def owned(stage: Stage, owner: User) -> App:
    return stage.register(owner, "receipts.writeonly", "receipts.read")


@pytest.fixture
def connect(stage: Stage) -> Iterator[Callable[[str], Connection]]:
    """Connections that are closed at the end: after some of these requests a server hangs up."""
    opened: list[Connection] = []

    def connect(service: str) -> Connection:
        opened.append(stage.connect(service))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def _sent(connection: Connection, method: str, path: str, bad: Bad, token: str | None) -> Answer:
    headers = [*(bearer(token).items() if bad.token else ()), *bad.headers]
    answer = connection.ask_oddly(method, path + bad.query, headers, bad.body, chunked=bad.chunked)
    assert answer.status in bad.statuses, (answer.status, answer.body[:300])
    assert_tells_nothing(answer)
    return answer


def _ids(bad: Bad) -> str:
    return str(bad)


@pytest.mark.parametrize("bad", REGISTRATION, ids=_ids)
def test_registering_refuses(stage: Stage, owner: User, owned: App, connect: Any, bad: Bad) -> None:
    before = stage.ask(get("/app-mgmt/v4/apps?limit=100", owner.admin_token)).expect(200)
    answer = _sent(connect("registration"), "POST", "/app-mgmt/v4/apps", bad, owner.admin_token)
    assert_is_problem(answer)
    assert stage.ask(get("/app-mgmt/v4/apps?limit=100", owner.admin_token)).expect(200) == before


@pytest.mark.parametrize("bad", [*UNREADABLE, REGISTRATION[-5]], ids=_ids)
def test_changing_an_app_refuses(stage: Stage, owner: User, owned: App, connect: Any, bad: Bad) -> None:
    path = f"/app-mgmt/v4/apps/{owned.app_id}"
    before = stage.ask(get(path, owner.admin_token)).expect(200)
    assert_is_problem(_sent(connect("registration"), "PATCH", path, bad, owner.admin_token))
    assert stage.ask(get(path, owner.admin_token)).expect(200) == before


@pytest.mark.parametrize("bad", USERS, ids=_ids)
def test_adding_a_user_refuses(stage: Stage, owner: User, connect: Any, bad: Bad) -> None:
    path = f"/companies/{owner.company_id}/users"
    before = stage.ask(get(path, owner.admin_token)).expect(200)
    assert_is_problem(_sent(connect("token"), "POST", path, bad, owner.admin_token))
    assert stage.ask(get(path, owner.admin_token)).expect(200) == before


@pytest.mark.parametrize("bad", RECEIPTS, ids=_ids)
def test_posting_a_receipt_refuses(stage: Stage, owner: User, owned: App, connect: Any, bad: Bad) -> None:
    token, path = stage.token(owned, owner), f"/receipts/v4/users/{owner.user_id}"
    before = stage.ask(get(path, token)).expect(200)
    told = bad if any(name == "Link" for name, _ in bad.headers) else _with_link(bad)
    assert_is_receipts_error(_sent(connect("receipts"), "POST", path, told, token))
    assert stage.ask(get(path, token)).expect(200) == before


def _with_link(bad: Bad) -> Bad:
    headers = [*bad.headers, ("Link", GENERAL_RECEIPT)]
    return Bad(bad.name, bad.statuses, bad.body, headers, bad.chunked, bad.query, bad.token)


@pytest.mark.parametrize("bad", TOKENS, ids=_ids)
def test_the_token_endpoint_refuses(owner: User, connect: Any, bad: Bad) -> None:
    assert_is_oauth_error(_sent(connect("token"), "POST", TOKEN_PATH, bad, None))


@pytest.mark.parametrize("tag", ['"1', "1", '"a" "b"', '"1",,x'])
def test_a_malformed_condition_is_refused(stage: Stage, owner: User, owned: App, tag: str) -> None:
    answer = stage.ask(get(f"/app-mgmt/v4/apps/{owned.app_id}", owner.admin_token, If_None_Match=tag))
    assert answer.status == 400
    assert_is_problem(answer)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1000", f"cursor={MARKER}", "status=some"])
def test_a_malformed_query_is_refused(stage: Stage, owner: User, query: str) -> None:
    answer = stage.ask(get(f"/app-mgmt/v4/companies/{owner.company_id}/apps?{query}", owner.admin_token))
    assert answer.status == 422
    assert_is_problem(answer)
    assert_tells_nothing(answer)


@pytest.mark.parametrize("app_id", ["x", "%00", "%FF%FE", "..%2F..", "a" * 3000, "'%20or%201=1--"])
def test_an_id_that_can_not_be_one_is_not_found(owner: User, connect: Any, app_id: str) -> None:
    paths = {"registration": "/app-mgmt/v4/apps", "token": f"/companies/{owner.company_id}/users"}
    for service, path in paths.items():
        answer = connect(service).ask(get(f"{path}/{app_id}", owner.admin_token))
        assert answer.status in (400, 404), path
        assert_tells_nothing(answer)


def test_a_correlation_id_is_echoed_unless_it_is_too_long(stage: Stage) -> None:
    assert stage.ask(get("/receipts/v4", concur_correlationid="mine-7")).headers["concur-correlationid"] == "mine-7"
    made = stage.ask(get("/receipts/v4", concur_correlationid="x" * 300)).headers["concur-correlationid"]
    assert 0 < len(made) < 100
