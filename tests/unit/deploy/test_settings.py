"""Settings of the embedded platform."""

from pathlib import Path

import pytest

from deploy.local.errors import PlatformError
from deploy.local.settings import PORT_SPAN, LocalSettings, read_settings


def test_a_bad_setting_error_names_it_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTSTREAM_LOCAL_KAFKA_PORT", "s3cret-looking")
    with pytest.raises(PlatformError, match="GRANTSTREAM_LOCAL_KAFKA_PORT") as raised:
        read_settings()
    assert "s3cret-looking" not in str(raised.value)


def test_given_servers_come_from_their_well_known_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_DSN", "postgresql://me:hidden@db/postgres")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    settings = read_settings()
    assert settings.kafka_bootstrap_servers == "broker:9092"
    assert settings.postgres_dsn is not None
    assert "hidden" not in repr(settings)


def test_a_platform_on_free_ports_avoids_the_default_ports(tmp_path: Path) -> None:
    own, usual = LocalSettings.on_free_ports(tmp_path), LocalSettings()
    ports = {name: value for name, value in own.model_dump().items() if name.endswith("_port")}
    assert len(set(ports.values())) == len(ports)
    assert all(getattr(usual, name) != value for name, value in ports.items())


def test_the_base_port_moves_every_port_not_set_explicitly(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = LocalSettings()
    monkeypatch.setenv("GRANTSTREAM_LOCAL_PORT_BASE", str(usual.port_base + 1000))
    monkeypatch.setenv("GRANTSTREAM_LOCAL_TOKEN_PORT", "7000")
    moved = read_settings()
    assert moved.token_port == 7000
    names = [name for name in LocalSettings.model_fields if name.endswith("_port") and name != "token_port"]
    assert {getattr(moved, name) - getattr(usual, name) for name in names} == {1000}
    assert max(getattr(usual, name) for name in names) == usual.port_base + PORT_SPAN


def test_a_bad_base_is_told_once_and_not_for_each_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTSTREAM_LOCAL_PORT_BASE", "65530")
    with pytest.raises(PlatformError) as raised:
        read_settings()
    assert str(raised.value).count("GRANTSTREAM_LOCAL_") == 1
