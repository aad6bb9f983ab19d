"""The digest of a state: the same for the same content, whatever its event is called."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from grantstream.contracts.events.registration import (
    Actor,
    AppModified,
    AppRegistered,
    AppState,
    SecretRotated,
    Visibility,
)
from grantstream.events.consuming.projection import content_sha256

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def app(version: int, kind: type[AppState] = AppModified, **changes: Any) -> AppState:
    fields: dict[str, Any] = {
        "app_id": "app", "version": version, "company_id": "company", "company_domain": "example.com",
        "name": f"name {version}", "description": "", "active": True, "visibility": Visibility.PRIVATE, "apis": (),
        "sensitive_data_groups": (), "scopes": (), "allowed_grants": (), "redirect_uris": (), "environment": "test",
        "secrets": (), "created_at": NOW, "updated_at": NOW + timedelta(seconds=version),
    }  # fmt: skip
    return kind(**(fields | changes))


def test_a_state_digest_ignores_the_event_type() -> None:
    assert content_sha256(app(1, AppRegistered)) == content_sha256(app(1, SecretRotated))


def test_a_field_added_later_does_not_change_old_digests() -> None:
    class Newer(AppModified):
        added: str = "default"

    assert content_sha256(app(1, Newer)) == content_sha256(app(1))
    assert content_sha256(app(1, Newer, added="other")) != content_sha256(app(1))


def test_a_state_digest_ignores_the_actor() -> None:
    asked = app(1, actor=Actor(kind="user", id="ada"))
    assert content_sha256(asked) == content_sha256(app(1)) == content_sha256(app(1, actor=Actor(kind="client", id="x")))


def test_content_differs_by_version_and_by_field() -> None:
    app_id = str(uuid.uuid4())
    digests = {content_sha256(app(1)), content_sha256(app(2)), content_sha256(app(1, app_id=app_id))}
    assert len(digests) == 3
