"""`platform.json`: private, and never losing a password that is told only once."""

import stat
from pathlib import Path

import pytest

from deploy.local.errors import PlatformError
from deploy.local.platform_file import merge, read_description, write_description


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


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write_description(tmp_path, {"admin_client": {"client_secret": "s"}})
    assert stat.S_IMODE((tmp_path / "platform.json").stat().st_mode) == 0o600


def test_a_platform_that_was_never_started_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="make up"):
        read_description(tmp_path)
