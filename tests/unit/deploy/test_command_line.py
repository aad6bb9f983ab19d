"""What `make up` says at its end."""

from pathlib import Path

import pytest

from deploy.local.__main__ import show_where
from deploy.local.errors import PlatformError
from deploy.local.services import run_command
from deploy.local.settings import DEFAULT_STATE_DIR, ROOT, LocalSettings
from deploy.local.steps import Steps


class SaidSteps(Steps):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def _last_line(state_dir: Path) -> str:
    steps = SaidSteps()
    show_where({"base": "http://127.0.0.1:8480"}, LocalSettings(state_dir=state_dir), steps)
    return steps.said[-1]


def test_the_logins_are_where_the_platform_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert "in .local/platform.json." in _last_line(DEFAULT_STATE_DIR)
    assert f"in {tmp_path}/platform.json." in _last_line(tmp_path)


def test_what_stops_it_names_the_folder_if_that_is_another(tmp_path: Path) -> None:
    assert "`make down`" in _last_line(DEFAULT_STATE_DIR)
    assert f"`GRANTSTREAM_LOCAL_STATE_DIR={tmp_path} make down`" in _last_line(tmp_path)


def test_an_unknown_service_or_missing_platform_is_reported(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="one of registration, token, receipts"):
        run_command(LocalSettings(state_dir=tmp_path), "nobody", ["projections"])
    with pytest.raises(PlatformError, match="make up"):
        run_command(LocalSettings(state_dir=tmp_path), "token", ["projections"])
    assert list(tmp_path.iterdir()) == []
