"""Keys, system clients and `platform.json`: private, no broader than they must be, and never lost by a later run."""

import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from deploy.local.errors import PlatformError
from deploy.local.state_files import ensure_generated, merge, read_description, write_description
from services.token.commands.init_clients import public_jwk


def _clients(state_dir: Path) -> dict[str, dict[str, Any]]:
    listed = json.loads((state_dir / "system_clients.json").read_text())["clients"]
    return {client["name"]: client for client in listed}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first, before = ensure_generated(tmp_path), _clients(tmp_path)
    assert ensure_generated(tmp_path) == first
    assert _clients(tmp_path) == before


def test_nobody_else_may_read_what_is_secret(tmp_path: Path) -> None:
    ensure_generated(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len(files) == 1 + 4 + 1


def test_the_list_holds_neither_a_private_key_nor_a_secret(tmp_path: Path) -> None:
    generated = ensure_generated(tmp_path)
    told = generated.clients_file.read_text()
    assert generated.admin_client.client_secret not in told
    assert '"d"' not in told
    digest = hashlib.sha256(generated.admin_client.client_secret.encode()).hexdigest()
    assert _clients(tmp_path)["admin_client"]["secret_digest"] == f"sha256:{digest}"


def test_each_client_is_listed_with_its_public_key(tmp_path: Path) -> None:
    generated = ensure_generated(tmp_path)
    for name in ("registration", "token", "receipts", "cli"):
        expected = public_jwk(generated.key_file(name).read_bytes())
        assert _clients(tmp_path)[name]["jwks"] == {"keys": [expected]}
        assert _clients(tmp_path)[name]["client_id"] == generated.client_ids[name]


def test_a_service_may_write_what_it_owns_and_nothing_else(tmp_path: Path) -> None:
    ensure_generated(tmp_path)
    clients = _clients(tmp_path)
    assert clients["registration"]["scopes"] == [
        "app.event.writeonly",
        "enablement.event.writeonly",
        "fence.event.writeonly",
    ]
    assert clients["receipts"]["scopes"] == [
        "fence.event.writeonly",
        "receipt.event.writeonly",
        "usage.event.writeonly",
    ]
    assert "app.event.writeonly" not in clients["token"]["scopes"]
    assert clients["receipts"]["key_space"] == ["receipt/*", "usage/*"]


def test_the_operator_may_write_events_but_no_signing_keys(tmp_path: Path) -> None:
    ensure_generated(tmp_path)
    operator = _clients(tmp_path)["cli"]
    assert {"app.event.read", "app.event.writeonly"} <= set(operator["scopes"])
    assert "key.event.writeonly" not in operator["scopes"]
    assert not any(subject.startswith("key/") for subject in operator["key_space"])


def test_the_admin_client_has_only_the_password_grant(tmp_path: Path) -> None:
    ensure_generated(tmp_path)
    admin = _clients(tmp_path)["admin_client"]
    assert admin["grants"] == ["password"]
    assert admin["scopes"] == [
        "openid",
        "app.read",
        "app.write",
        "company.read",
        "company.write",
        "user.read",
        "user.write",
    ]


def test_a_later_run_without_a_password_keeps_the_old_one(tmp_path: Path) -> None:
    write_description(tmp_path, {"base": "http://a", "staff": {"login": "s", "password": "p"}})
    later = write_description(tmp_path, {"base": "http://b", "staff": {"login": "s", "password": None}})
    assert later == {"base": "http://b", "staff": {"login": "s", "password": "p"}}
    assert read_description(tmp_path) == later


def test_newer_values_win() -> None:
    assert merge({"kafka": "a:1", "postgres": {"token": "x"}}, {"kafka": "b:2", "postgres": {"token": "y"}}) == {
        "kafka": "b:2",
        "postgres": {"token": "y"},
    }


def test_only_its_owner_may_read_the_description(tmp_path: Path) -> None:
    write_description(tmp_path, {"admin_client": {"client_secret": "s"}})
    assert stat.S_IMODE((tmp_path / "platform.json").stat().st_mode) == 0o600


def test_a_platform_that_was_never_started_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="make up"):
        read_description(tmp_path)
