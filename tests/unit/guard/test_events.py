"""A record is applied only if its producer was allowed to write exactly that, when the broker took it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from grantstream.contracts import topics
from grantstream.contracts.claims import API_AUDIENCE, EVENTS_AUDIENCE
from grantstream.contracts.envelope import Envelope
from grantstream.contracts.events.fence import FenceReached, PermissionChanged
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.events.registration import AppEnabled
from grantstream.contracts.events.state import EventData
from grantstream.contracts.topics import Topic
from grantstream.guard import EventRefused, JudgedEvent, RefusalCode
from grantstream.proof import Credential, ProofKey, RecordContent, prove
from grantstream.testing.sample_events import app_registered
from tests.unit.guard.forging import NOW, Bench, forge, payload

KEY = ProofKey.generate()
SUBJECT = "enablement/app-9/company-9"
ENABLED = AppEnabled(
    version=4, app_id="app-9", company_id="company-9", enabled=True, updated_at=datetime(2026, 1, 1, tzinfo=UTC)
)


def token(**changes: Any) -> str:
    claims = {
        "aud": EVENTS_AUDIENCE,
        "concur_type": "app",
        "sub": "registration",
        "client_id": "registration",
        "scope": "enablement.event.writeonly fence.event.writeonly",
        "user_version": None,
        "key_space": ["app/*", "enablement/*"],
        "cnf": {"jkt": KEY.thumbprint},
    }
    return forge(payload(**claims | changes))


def attributes(event: EventData, subject: str, **changes: Any) -> Envelope:
    event_type = TYPE_OF_DATA[type(event)]
    fields: dict[str, Any] = {
        "id": "0198",
        "type": event_type.name,
        "source": "registration",
        "subject": subject,
        "time": datetime(2026, 1, 1, tzinfo=UTC),
        "dataschema": event_type.dataschema,
    }
    return Envelope(**fields | changes)


class Record:
    """A record that is good in every way until a test spoils it.

    Its producer stands by it, however it is spoiled: what has a token also gets a proof. (test_event_proofs.py is about
    records whose producer did not write them so.)
    """

    def __init__(self, event: EventData = ENABLED, subject: str = SUBJECT, topic: Topic = topics.APP_ENABLED) -> None:
        self.topic = topic
        self.key: bytes | None = b"app-9/company-9"
        self.headers: list[tuple[str, bytes | None]] = [*attributes(event, subject).headers()]
        self.value: bytes | None = event.to_bytes()
        self.appended_at = float(NOW)
        self.authorize(token())

    def authorize(self, bearer: str) -> None:
        self.spoil("authorization", f"Bearer {bearer}".encode())

    def spoil(self, name: str, *values: bytes | None) -> None:
        self.headers = [header for header in self.headers if header[0] != name]
        self.headers += [(name, value) for value in values]

    def shown(self) -> list[tuple[str, bytes | None]]:
        bearers = [value for name, value in self.headers if name == "authorization" and value is not None]
        if len(bearers) != 1:
            return self.headers
        bearer = bearers[0].decode("ascii", "replace").removeprefix("Bearer ")
        content = RecordContent(self.topic.name, self.key, self.value, self.headers)
        [headers] = prove(Credential(bearer, KEY), [content])
        return [*self.headers, *(header for header in headers if header[0] != "authorization")]

    def judged_by(self, bench: Bench) -> JudgedEvent:
        return bench.guard.read_event(
            topic=self.topic,
            key=self.key,
            headers=self.shown(),
            value=self.value,
            appended_at=self.appended_at,
        )

    def code(self, bench: Bench | None = None) -> RefusalCode | None:
        bench = bench or Bench()
        try:
            self.judged_by(bench)
        except EventRefused as refusal:
            return refusal.code
        return None


def test_a_good_record_says_who_wrote_what() -> None:
    event = Record().judged_by(Bench())
    assert event.data == ENABLED
    assert event.envelope.subject == SUBJECT
    assert event.claims.client_id == "registration"


def test_a_request_guard_judges_events_by_event_audience() -> None:
    record = Record()
    record.authorize(token(aud=API_AUDIENCE))
    assert record.code(Bench(audience=API_AUDIENCE)) is RefusalCode.AUD_WRONG
    assert Record().code(Bench(audience=API_AUDIENCE)) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ((), RefusalCode.EVENT_TOKEN_MISSING),
        ((None,), RefusalCode.EVENT_TOKEN_NULL),
        ((b"Bearer \xff",), RefusalCode.EVENT_TOKEN_NOT_UTF8),
        ((b"Bearer a.b.c", b"Bearer a.b.c"), RefusalCode.EVENT_TOKEN_REPEATED),
        ((b"Basic YTpi",), RefusalCode.EVENT_TOKEN_MISSING),
        ((b"Bearer ",), RefusalCode.EVENT_TOKEN_MISSING),
        ((b"",), RefusalCode.EVENT_TOKEN_MISSING),
        ((b"Bearer nonsense",), RefusalCode.TOKEN_MALFORMED),
    ],
)
def test_a_record_needs_one_bearer_token(values: tuple[bytes | None, ...], code: RefusalCode) -> None:
    record = Record()
    record.spoil("authorization", *values)
    assert record.code() is code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scope": "app.event.writeonly"}, RefusalCode.SCOPE_MISSING),
        ({"scope": "enablement.event.read"}, RefusalCode.SCOPE_MISSING),
        ({"key_space": None}, RefusalCode.EVENT_OUTSIDE_KEY_SPACE),
        ({"key_space": ["app/*"]}, RefusalCode.EVENT_OUTSIDE_KEY_SPACE),
        ({"key_space": ["enablement/app-9"]}, RefusalCode.EVENT_OUTSIDE_KEY_SPACE),
        ({"key_space": ["enablement/app-9/company-9"]}, None),
        ({"key_space": ["enablement/app-9/*"]}, None),
        ({"iss": "https://other.example"}, RefusalCode.ISS_WRONG),
    ],
)
def test_a_producer_may_write_by_scope_and_key_space_only(changes: dict[str, Any], code: RefusalCode | None) -> None:
    record = Record()
    record.authorize(token(**changes))
    assert record.code() is code


@pytest.mark.parametrize(
    ("appended_at", "code"),
    [
        (NOW + 599.9, None),
        (NOW + 600, RefusalCode.EXPIRED),
        (NOW - 90, None),
        (NOW - 91, RefusalCode.NOT_YET_VALID),
    ],
)
def test_a_token_is_judged_at_the_append_time(appended_at: float, code: RefusalCode | None) -> None:
    record = Record()
    record.appended_at = appended_at
    bench = Bench()
    for now in (NOW, NOW + 10_000_000, NOW - 10_000_000):
        bench.now = now
        assert record.code(bench) is code


def test_replay_needs_no_freshness_but_minds_what_is_void() -> None:
    bench = Bench()
    bench.fence.fresh = False
    assert Record().code(bench) is None
    bench.fence.void("app/registration", below=9)
    assert Record().code(bench) is RefusalCode.TOKEN_VOID


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record.spoil("ce_id"),
        lambda record: record.spoil("ce_id", None),
        lambda record: record.spoil("ce_id", b"\xff"),
        lambda record: record.spoil("ce_id", b"1", b"1"),
        lambda record: record.spoil("ce_specversion", b"0.3"),
        lambda record: record.spoil("ce_time", b"yesterday"),
        lambda record: record.spoil("content-type", b"text/plain"),
    ],
)
def test_attributes_that_are_not_of_one_event_are_refused(spoil: Callable[[Record], None]) -> None:
    record = Record()
    spoil(record)
    assert record.code() is RefusalCode.EVENT_ENVELOPE_MALFORMED


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ce_type", b"app.exploded", RefusalCode.EVENT_TYPE_UNKNOWN),
        ("ce_type", b"app.disabled", RefusalCode.EVENT_OF_OTHER_TOPIC),
        ("ce_type", b"permission.changed", RefusalCode.EVENT_OF_OTHER_TOPIC),
        ("ce_dataschema", b"urn:grantstream:event:app.enabled:2", RefusalCode.EVENT_SCHEMA_UNKNOWN),
        ("ce_dataschema", b"urn:grantstream:event:app.disabled:1", RefusalCode.EVENT_SCHEMA_UNKNOWN),
        ("ce_subject", b"enablement/app-9/company-8", RefusalCode.EVENT_KEY_MISMATCH),
        ("ce_subject", b"app/app-9/company-9", RefusalCode.EVENT_SUBJECT_MISMATCH),
        ("ce_subject", b"user/app-9/company-9", RefusalCode.EVENT_OUTSIDE_KEY_SPACE),
    ],
)
def test_an_event_must_match_its_topic_and_key(name: str, value: bytes, code: RefusalCode) -> None:
    record = Record()
    record.spoil(name, value)
    assert record.code() is code


@pytest.mark.parametrize("key", [None, b"", b"app-9", b"app-9/company-8", b"enablement/app-9/company-9"])
def test_a_record_under_another_key_is_refused(key: bytes | None) -> None:
    record = Record()
    record.key = key
    assert record.code() is RefusalCode.EVENT_KEY_MISMATCH


def test_data_about_another_subject_than_the_key_is_refused() -> None:
    record = Record()
    record.value = ENABLED.model_copy(update={"company_id": "company-8"}).to_bytes()
    assert record.code() is RefusalCode.EVENT_SUBJECT_MISMATCH


@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]", b"{}", b"\xff", ENABLED.to_bytes().replace(b'"version":4', b'"version":0')]
)
def test_malformed_data_is_refused_without_being_quoted(value: bytes) -> None:
    record = Record()
    record.value = value
    with pytest.raises(EventRefused) as refused:
        record.judged_by(Bench())
    assert refused.value.code is RefusalCode.EVENT_DATA_MALFORMED
    assert "company-9" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_fields_that_are_not_known_yet_are_passed_over() -> None:
    record = Record()
    record.value = ENABLED.to_bytes()[:-1] + b',"added_later":1}'
    assert record.code() is None


def test_a_tombstone_has_its_own_code_whoever_wrote_it() -> None:
    record = Record()
    record.value, record.headers = None, []
    assert record.code() is RefusalCode.EVENT_TOMBSTONE


def test_a_topic_that_is_not_compacted_has_no_tombstones() -> None:
    record = Record(topic=topics.FENCE)
    record.value, record.headers = None, []
    assert record.code() is RefusalCode.EVENT_TOKEN_MISSING


def _on_the_fence(event: PermissionChanged | FenceReached, subject: str | None = None) -> Record:
    subject = subject or event.subject
    record = Record(event, subject, topics.FENCE)
    record.key = subject.encode()
    return record


def _reached(client_id: str = "registration") -> FenceReached:
    return FenceReached(
        client_id=client_id, instance_id="i-1", service="registration", role="http", sequence=1, offset=-1
    )


def test_the_fence_is_keyed_by_the_whole_subject() -> None:
    change = PermissionChanged(subject="app/app-9", version=2)
    assert _on_the_fence(change).code() is None
    record = _on_the_fence(change)
    record.key = b"app-9"
    assert record.code() is RefusalCode.EVENT_KEY_MISMATCH


def test_a_fence_change_outside_the_key_space_is_refused() -> None:
    assert _on_the_fence(PermissionChanged(subject="user/u", version=2)).code() is RefusalCode.EVENT_OUTSIDE_KEY_SPACE


def test_a_client_needs_no_key_space_for_its_own_instances() -> None:
    record = _on_the_fence(_reached())
    record.authorize(token(key_space=None))
    assert record.code() is None


def test_no_key_space_covers_an_instance_of_another_client() -> None:
    record = _on_the_fence(_reached("token"))
    record.authorize(token(key_space=["*", "instance/*", "instance/token/i-1"]))
    assert record.code() is RefusalCode.EVENT_OUTSIDE_KEY_SPACE


def test_data_about_another_clients_instance_is_refused() -> None:
    record = _on_the_fence(_reached("token"), subject="instance/registration/i-1")
    assert record.code() is RefusalCode.EVENT_SUBJECT_MISMATCH


def test_a_client_whose_name_begins_alike_is_another_client() -> None:
    assert _on_the_fence(_reached("registration-2")).code() is RefusalCode.EVENT_OUTSIDE_KEY_SPACE


def test_a_change_is_not_told_in_the_name_of_an_instance() -> None:
    change = PermissionChanged(subject="instance/registration/i-1", version=1)
    assert _on_the_fence(change).code() is RefusalCode.EVENT_OUTSIDE_KEY_SPACE


def test_each_refusal_is_counted_once() -> None:
    bench = Bench()
    record = Record()
    record.authorize(token(scope=""))
    record.code(bench)
    record.authorize("nonsense")
    record.code(bench)
    assert bench.counted == [RefusalCode.SCOPE_MISSING, RefusalCode.TOKEN_MALFORMED]


def test_a_refusal_never_holds_the_token() -> None:
    bearer = token(scope="")
    record = Record()
    record.authorize(bearer)
    with pytest.raises(EventRefused) as refused:
        record.judged_by(Bench())
    assert bearer.split(".")[2] not in repr(refused.value)


# An application that is told of has what its teller can give.
def _app(teller: list[str], /, **fields: Any) -> Record:
    record = Record(app := app_registered(app_id="portal-1", **fields), app.subject, topics.APP_REGISTERED)
    record.key = b"portal-1"
    record.authorize(token(scope="app.event.writeonly", key_space=teller))
    return record


SOME, ALL, ANYTHING = ["app/portal-*"], ["app/*", "enablement/*"], ["*"]


@pytest.mark.parametrize("key_space", [SOME, ["app/portal-1"], ["user/*", "app/portal-1"]])
@pytest.mark.parametrize(
    "given",
    [
        {"scopes": ("receipts.read", "app.event.writeonly")},
        {"scopes": ("app.write",)},
        {"scopes": ("company.read",)},
        {"scopes": ("receipts.write",)},
        {"scopes": ("not.yet.known",)},
        {"key_space": ("app/portal-1",)},
    ],
)
def test_a_partial_key_space_cannot_give_what_staff_assign(key_space: list[str], given: dict[str, Any]) -> None:
    assert _app(key_space, **given).code() is RefusalCode.EVENT_GIVES_TOO_MUCH


@pytest.mark.parametrize("key_space", [SOME, ALL, ANYTHING])
@pytest.mark.parametrize(
    "given",
    [
        {"scopes": ("key.event.writeonly",)},
        {"scopes": ("key.event.write",)},
        {"key_space": ("key/*",)},
        {"key_space": ("app/a", "key/a")},
        {"key_space": ("k*",)},
        {"key_space": ("*",)},
        {"key_space": ("instance/a/*",)},
    ],
)
def test_nobody_can_give_an_app_signing_keys_or_instances(key_space: list[str], given: dict[str, Any]) -> None:
    assert _app(key_space, **given).code() is RefusalCode.EVENT_GIVES_TOO_MUCH


@pytest.mark.parametrize("key_space", [ALL, ANYTHING, ["app*"]])
def test_a_key_space_of_all_apps_may_give_what_staff_assign(key_space: list[str]) -> None:
    given = {"scopes": ("app.event.writeonly", "receipts.write"), "key_space": ("app/portal-*", "key-figures/*")}
    assert _app(key_space, **given).code() is None


def test_a_partial_key_space_may_give_what_any_partner_can() -> None:
    assert _app(SOME, scopes=("receipts.read", "receipts.writeonly", "openid")).code() is None
