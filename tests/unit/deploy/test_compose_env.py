"""`make compose-env`: passwords of one installation, never replaced."""

import re
import stat
from pathlib import Path

from deploy.compose_env import MADE, add_missing, write_env


def test_generated_values_are_unique_and_need_no_quoting() -> None:
    first, second = (dict(line.split("=", 1) for line in add_missing("").splitlines()) for _ in range(2))
    assert set(first) == set(MADE)
    assert all(first[name] != second[name] for name in MADE)
    assert all(re.fullmatch(r"\w{20,}", value, re.ASCII) for value in first.values())


def test_existing_values_are_kept_and_missing_ones_added(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("GRANTSTREAM_BASE_URL=https://platform.example\nTOKEN_PASSWORD=mine")
    assert write_env(path)
    text = path.read_text()
    assert text.startswith("GRANTSTREAM_BASE_URL=https://platform.example\nTOKEN_PASSWORD=mine\n")
    assert text.count("TOKEN_PASSWORD=") == 1
    assert not write_env(path)
    assert path.read_text() == text


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write_env(tmp_path / ".env")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
