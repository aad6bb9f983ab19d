from pathlib import Path

import pytest
from pydantic import ValidationError

from grantstream.service.background import consumer_settings_of
from grantstream.service.errors import BadSetting
from grantstream.service.settings import read_settings, settings_or_exit
from tests.unit.service.service_settings import GIVEN, TinySettings, tiny_settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"GRANTSTREAM_{name.upper()}", str(value))
    return monkeypatch


def test_settings_are_read_from_variables_with_the_prefix(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GRANTSTREAM_HTTP_PORT", "8123")
    assert read_settings(TinySettings).http_port == 8123


def test_consumer_batch_size_and_lag_limit_are_settings(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("GRANTSTREAM_CONSUMER_MAX_RECORDS", "300")
    environment.setenv("GRANTSTREAM_CONSUMER_LAG_LIMIT", "400")
    consuming = consumer_settings_of(read_settings(TinySettings))
    assert (consuming.max_records, consuming.lag_limit) == (300, 400)


def test_a_full_batch_in_hand_is_never_too_far_behind(environment: pytest.MonkeyPatch) -> None:
    consuming = consumer_settings_of(read_settings(TinySettings))
    assert consuming.lag_limit > consuming.max_records
    environment.setenv("GRANTSTREAM_CONSUMER_LAG_LIMIT", str(consuming.max_records - 1))
    with pytest.raises(BadSetting) as caught:
        read_settings(TinySettings)
    assert caught.value.names == ("GRANTSTREAM_CONSUMER_LAG_LIMIT",)


def test_a_missing_setting_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("GRANTSTREAM_CLIENT_ID")
    with pytest.raises(BadSetting) as caught:
        read_settings(TinySettings)
    assert caught.value.names == ("GRANTSTREAM_CLIENT_ID",)


def test_variables_take_precedence_over_secret_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "grantstream_client_id").write_text("from-a-file\n")
    (tmp_path / "grantstream_postgres_dsn").write_text("postgresql://file/")
    environment.setenv("GRANTSTREAM_SECRETS_DIR", str(tmp_path))
    environment.delenv("GRANTSTREAM_CLIENT_ID")
    settings = read_settings(TinySettings)
    assert settings.client_id == "from-a-file"
    assert settings.postgres_dsn.get_secret_value() == GIVEN["postgres_dsn"]


def test_a_folder_of_secrets_that_does_not_exist_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("GRANTSTREAM_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(BadSetting) as caught:
        read_settings(TinySettings)
    assert caught.value.names == ("GRANTSTREAM_SECRETS_DIR",)


def test_a_bad_setting_exits_with_code_2_without_its_value(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("GRANTSTREAM_HTTP_PORT", "not-a-port-4711")
    environment.setenv("GRANTSTREAM_STOP_LIMIT", "99")
    with pytest.raises(SystemExit) as caught:
        settings_or_exit(TinySettings)
    told = capsys.readouterr().err
    assert caught.value.code == 2
    assert "GRANTSTREAM_HTTP_PORT" in told
    assert "GRANTSTREAM_STOP_LIMIT" in told
    assert "4711" not in told
    assert "hunter2" not in told


def test_the_password_in_the_dsn_is_never_shown() -> None:
    assert "hunter2" not in repr(tiny_settings())


def test_settings_do_not_change_after_the_start() -> None:
    with pytest.raises(ValidationError):
        tiny_settings().http_port = 1  # type: ignore[misc]
