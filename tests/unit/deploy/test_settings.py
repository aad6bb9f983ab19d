"""Settings of the embedded platform."""

from pathlib import Path

import pytest

from deploy.local.errors import PlatformError
from deploy.local.settings import LocalSettings, read_settings


def test_a_bad_setting_is_told_by_its_name_and_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_platform_on_free_ports_shares_none_with_the_usual_one(tmp_path: Path) -> None:
    own, usual = LocalSettings.on_free_ports(tmp_path), LocalSettings()
    ports = {name: value for name, value in own.model_dump().items() if name.endswith("_port")}
    assert len(set(ports.values())) == len(ports)
    assert all(getattr(usual, name) != value for name, value in ports.items())
