"""What the topics hold after the main job: whole CloudEvents, each with its producer's token, in order for each key."""

import uuid
from collections import defaultdict
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import jwt
import pytest

from grantstream.contracts.topics import FENCE, TOPICS
from tests.e2e.calls import Call, bearer, get, post_receipt
from tests.e2e.observer import Record, read_until
from tests.e2e.stage import App, Stage, User, password_call, refresh_call

OF_THE_APP = {"app.registered", "app.modified", "secret.rotated", "app.enabled", "app.disabled", "app.deleted"}
OTHERS = {"company.registered", "user.registered", "user.modified", "key.published", "grant.revoked", "receipt.posted"}


@pytest.fixture(scope="module")
def records(stage: Stage) -> list[Record]:
    """Everything on the topics, once the events of a main job of our own are among it."""
    admin = stage.open_company()
    app = stage.register(admin, "receipts.writeonly", "openid")
    _do_everything(stage, admin, app)

    def are_there(found: list[Record]) -> bool:
        of_app = {record.topic for record in found if record.headers["ce_subject"].split("/")[1] == app.app_id}
        return of_app >= OF_THE_APP and {record.topic for record in found} >= OTHERS

    return read_until(stage.description["kafka"], are_there)


def _do_everything(stage: Stage, admin: User, app: App) -> None:
    user = stage.add_user(admin)
    first = stage.ask(password_call(app, user)).expect(200)
    stage.ask(post_receipt(first["access_token"], user.user_id)).expect(201)
    second = stage.ask(refresh_call(app, first["refresh_token"])).expect(200)
    stage.ask(refresh_call(app, second["refresh_token"])).expect(200)
    stage.ask(refresh_call(app, first["refresh_token"])).expect(400)
    stage.new_secret(admin, app)
    for enabled in (False, True):
        stage.set_enabled(admin, app, enabled).expect(200, 202)
    stage.modify(admin, app, description="Changed").expect(200, 202)
    stage.modify_user(admin, user, active=False).expect(200, 202)
    stage.ask(Call("DELETE", f"/app-mgmt/v4/apps/{app.app_id}", bearer(admin.admin_token))).expect(202, 204)


def test_every_record_is_a_whole_cloud_event(records: list[Record]) -> None:
    for record in records:
        headers = record.headers
        assert headers["ce_specversion"] == "1.0"
        assert uuid.UUID(headers["ce_id"]).version == 7
        assert headers["ce_type"] in {record.topic, "permission.changed", "fence.reached"}
        assert headers["ce_source"].startswith("urn:grantstream:")
        assert datetime.fromisoformat(headers["ce_time"]).tzinfo is not None
        assert headers["content-type"] == "application/json"
        assert isinstance(record.data, dict)


def test_records_are_keyed_by_subject_and_dated_by_broker(records: list[Record]) -> None:
    for record in records:
        subject = record.headers["ce_subject"]
        assert record.key == (subject if record.topic == FENCE.name else subject.partition("/")[2])
        assert record.by_broker


def test_each_record_has_a_token_valid_at_its_append_time(stage: Stage, records: list[Record]) -> None:
    keys = jwt.PyJWKSet.from_dict(stage.ask(get("/oauth2/v0/jwks")).expect(200))

    @cache
    def verified(token: str) -> dict[str, Any]:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["ES256", "RS256"],
            audience="urn:grantstream:events",
            issuer=stage.description["base"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        return claims

    for record in records:
        scheme, _, token = record.headers["authorization"].partition(" ")
        assert scheme == "Bearer"
        claims = verified(token)
        # The token's times are whole seconds, taken by another clock than the broker's: of the same machine here.
        assert claims["nbf"] - 1 <= record.appended_at <= claims["exp"]
        assert TOPICS[record.topic].scope in claims["scope"].split()


def test_versions_grow_for_each_key_of_a_topic(records: list[Record]) -> None:
    told: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: (record.topic, record.partition, record.offset)):
        if "version" in record.data:
            told[record.topic, record.key].append(record)
    for of_key in told.values():
        for earlier, later in pairwise(of_key):
            is_again = earlier.headers["ce_id"] == later.headers["ce_id"]
            assert is_again or later.data["version"] > earlier.data["version"], (later.topic, later.key)


def test_every_version_with_a_bound_is_also_on_the_fence(records: list[Record]) -> None:
    on_fence = {
        (record.headers["ce_subject"], record.data["version"])
        for record in records
        if record.headers["ce_type"] == "permission.changed"
    }
    for record in records:
        if record.topic != FENCE.name and "void_below" in record.data:
            assert (record.headers["ce_subject"], record.data["version"]) in on_fence


def test_nothing_was_put_aside(records: list[Record]) -> None:
    assert [record.topic for record in records if record.topic.endswith(".dead")] == []


def test_no_record_holds_a_secret(stage: Stage, records: list[Record]) -> None:
    for record in records:
        # The token and the proof are there for all to read, and neither is of use to who reads it.
        told = {name: value for name, value in record.headers.items() if name not in ("authorization", "event-proof")}
        assert stage.seen.found_in(f"{told} {record.value.decode()}") == [], record.topic
