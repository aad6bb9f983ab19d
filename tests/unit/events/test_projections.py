"""Any order and any duplication of an aggregate's events gives the same projection."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.events.registration import (
    Actor,
    AppDeleted,
    AppModified,
    AppRegistered,
    AppState,
    SecretRotated,
    Visibility,
)
from grantstream.events.consuming.projections import Applied, content_sha256, project
from grantstream.events.errors import ContradictoryEvent

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def app(version: int, kind: type[AppState] = AppModified, **changes: Any) -> AppState:
    fields: dict[str, Any] = {
        "app_id": "app", "version": version, "company_id": "company", "company_domain": "example.com",
        "name": f"name {version}", "description": "", "active": True, "visibility": Visibility.PRIVATE, "apis": (),
        "sensitive_data_groups": (), "scopes": (), "allowed_grants": (), "redirect_uris": (), "environment": "test",
        "secrets": (), "created_at": NOW, "updated_at": NOW + timedelta(seconds=version),
    }  # fmt: skip
    return kind(**(fields | changes))


class Rows:
    """A table as PostgreSQL keeps it, with the upsert that the docstring of `projections` asks for."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[AppState, bytes]] = {}

    async def upsert(self, _connection: Any, state: AppState, content: bytes, /) -> bool:
        found = self.rows.get(state.app_id)
        if found is not None and found[0].version >= state.version:
            return False
        self.rows[state.app_id] = (state, content)
        return True

    async def stored(self, _connection: Any, state: AppState, /) -> dict[str, Any]:
        kept, content = self.rows[state.app_id]
        return {"version": kept.version, "content_sha256": content}

    def take(self, state: AppState) -> Applied:
        return asyncio.run(project(None, upsert=self.upsert, stored=self.stored, state=state))


@st.composite
def replays(draw: st.DrawFn) -> tuple[list[AppState], list[AppState]]:
    """An application's history, and what a consumer may see of it: everything at least once, in any order."""
    length = draw(st.integers(1, 8))
    kinds = draw(st.lists(st.sampled_from([AppModified, SecretRotated]), min_size=length, max_size=length))
    history = [app(version, AppRegistered if version == 1 else kinds[version - 1]) for version in range(1, length + 1)]
    if draw(st.booleans()):
        history[-1] = app(length, AppDeleted, deleted=True)
    copies = draw(st.lists(st.sampled_from(history), max_size=10))
    return history, draw(st.permutations(history + copies))


@given(replays())
def test_any_order_and_any_duplication_gives_the_newest_state(replay: tuple[list[AppState], list[AppState]]) -> None:
    history, seen = replay
    rows = Rows()
    for state in seen:
        rows.take(state)
    assert rows.rows["app"][0] == history[-1]


@given(replays())
def test_no_event_that_comes_again_contradicts_anything(replay: tuple[list[AppState], list[AppState]]) -> None:
    rows = Rows()
    outcomes = [rows.take(state) for state in replay[1] + replay[1]]
    assert set(outcomes[len(replay[1]) :]) <= {Applied.SAME, Applied.OLDER}


def test_a_deleted_application_is_not_revived_by_what_came_before() -> None:
    rows = Rows()
    rows.take(app(3, AppDeleted, deleted=True))
    assert rows.take(app(2)) is Applied.OLDER
    assert rows.rows["app"][0].deleted


def test_the_same_version_with_other_content_contradicts() -> None:
    rows = Rows()
    rows.take(app(3))
    with pytest.raises(ContradictoryEvent, match="app/app version 3") as failure:
        rows.take(app(3, name="secret name"))
    assert "secret name" not in str(failure.value)


def test_the_same_state_has_one_digest_whatever_its_event_is_called() -> None:
    assert content_sha256(app(1, AppRegistered)) == content_sha256(app(1, SecretRotated))


def test_a_field_that_the_contract_gets_later_changes_no_digest_of_before() -> None:
    class Newer(AppModified):
        added: str = "default"

    assert content_sha256(app(1, Newer)) == content_sha256(app(1))
    assert content_sha256(app(1, Newer, added="other")) != content_sha256(app(1))


def test_a_state_that_is_told_again_is_the_same_whoever_asked_for_it_first() -> None:
    asked = app(1, actor=Actor(kind="user", id="ada"))
    assert content_sha256(asked) == content_sha256(app(1)) == content_sha256(app(1, actor=Actor(kind="client", id="x")))


def test_an_upsert_that_writes_nothing_and_meets_nothing_is_an_error() -> None:
    async def nothing(*_: Any) -> None:
        return None

    with pytest.raises(RuntimeError):
        asyncio.run(project(None, upsert=nothing, stored=nothing, state=app(1)))


def test_content_differs_by_version_and_by_field() -> None:
    app_id = str(uuid.uuid4())
    digests = {content_sha256(app(1)), content_sha256(app(2)), content_sha256(app(1, app_id=app_id))}
    assert len(digests) == 3
