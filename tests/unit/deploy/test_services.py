"""What each service's processes are told."""

from pathlib import Path

import pytest

from deploy.local.services import make_service
from deploy.local.settings import LocalSettings
from deploy.local.state_files import ensure_generated


def test_a_service_is_told_its_own_database_port_and_key(tmp_path: Path) -> None:
    settings, generated = LocalSettings(state_dir=tmp_path), ensure_generated(tmp_path)
    service = make_service("receipts", settings, generated, postgres_dsn="postgresql://r@h/r", kafka="k:1")
    assert service.env["GRANTSTREAM_POSTGRES_DSN"] == "postgresql://r@h/r"
    assert service.env["GRANTSTREAM_HTTP_PORT"] == str(settings.receipts_port)
    assert service.env["GRANTSTREAM_WORKER_PORT"] == str(settings.receipts_worker_port)
    assert service.env["GRANTSTREAM_CLIENT_KEY_FILE"] == str(tmp_path / "keys" / "receipts.pem")
    assert service.env["GRANTSTREAM_BASE_URL"] == f"http://127.0.0.1:{settings.proxy_port}"


def test_only_the_token_service_gets_the_system_clients(tmp_path: Path) -> None:
    settings, generated = LocalSettings(state_dir=tmp_path), ensure_generated(tmp_path)
    told = {
        name: make_service(name, settings, generated, postgres_dsn="postgresql://h/d", kafka="k:1").env
        for name in ("registration", "token", "receipts")
    }
    assert [name for name in told if "GRANTSTREAM_SYSTEM_CLIENTS_FILE" in told[name]] == ["token"]


def test_the_administrators_database_is_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_DSN", "postgresql://admin:hidden@h/postgres")
    monkeypatch.setenv("GRANTSTREAM_LOG_LEVEL", "debug")
    settings, generated = LocalSettings(state_dir=tmp_path), ensure_generated(tmp_path)
    service = make_service("token", settings, generated, postgres_dsn="postgresql://h/d", kafka="k:1")
    assert not any("hidden" in value for value in service.env.values())
    assert service.env["GRANTSTREAM_LOG_LEVEL"] == "debug"


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    settings, generated = LocalSettings(state_dir=tmp_path), ensure_generated(tmp_path)
    service = make_service("token", settings, generated, postgres_dsn="postgresql://t:hidden@h/d", kafka="k:1")
    assert "hidden" not in " ".join(service.spec("http").command)
