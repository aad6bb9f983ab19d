"""Which platform a command is about."""

import json
from pathlib import Path

import pytest

from grantstream.cli.errors import CommandFailed
from grantstream.cli.target import DEFAULT_FILE, read_target

PLATFORM = {
    "base": "http://base",
    "kafka": "kafka:9092",
    "token": "http://token",
    "postgres": {"token": "postgres://s3cret"},
}


def _file(folder: Path, **changes: object) -> Path:
    path = folder / "platform.json"
    path.write_text(json.dumps({**PLATFORM, **changes}))
    return path


def test_a_platforms_file_says_where_everything_is(tmp_path: Path) -> None:
    target = read_target(_file(tmp_path, receipts="http://receipts"))
    assert (target.base, target.kafka, target.token) == ("http://base", "kafka:9092", "http://token")
    assert target.services == {"token": "http://token", "receipts": "http://receipts"}


def test_keys_are_pinned_by_the_environment_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTSTREAM_TRUSTED_KEY_THUMBPRINTS", "one, two")
    assert read_target(_file(tmp_path)).trusted_keys == {"one", "two"}


@pytest.mark.parametrize("content", ["", "[]", '{"base": 1}', '{"base": "b", "kafka": "k", "token": ["s3cret"]}'])
def test_an_invalid_platform_file_is_refused_unquoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "platform.json"
    path.write_text(content)
    with pytest.raises(CommandFailed, match="can't be read as a platform's description") as refused:
        read_target(path)
    assert "s3cret" not in str(refused.value)


def test_without_a_file_the_environment_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTSTREAM_BASE_URL", "http://base")
    monkeypatch.setenv("GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("GRANTSTREAM_CLI_CLIENT_ID", "operator")
    monkeypatch.setenv("GRANTSTREAM_CLI_KEY_FILE", "key.pem")
    target = read_target(DEFAULT_FILE)
    assert (target.base, target.token, target.postgres) == ("http://base", "http://base", {})
    assert target.cli is not None
    assert (target.cli.client_id, target.cli.key_file) == ("operator", Path("key.pem"))


def test_neither_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANTSTREAM_BASE_URL", raising=False)
    with pytest.raises(CommandFailed, match="No platform is named"):
        read_target(DEFAULT_FILE)
