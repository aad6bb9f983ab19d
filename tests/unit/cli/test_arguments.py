"""What is given on the command line: names that somebody else has chosen, and what is missing or too much."""

import pytest
from typer.testing import CliRunner

from grantstream.cli.app import app
from grantstream.cli.errors import CommandFailed


@pytest.mark.parametrize("app_id", ["portal", "-eX_abc", "--eX"])
def test_an_application_id_may_begin_with_a_dash(app_id: str) -> None:
    result = CliRunner().invoke(app, ["audit", app_id, "--platform", "/nonexistent/platform.json"])
    # It got as far as looking for the platform.
    assert isinstance(result.exception, CommandFailed)
    assert "/nonexistent/platform.json" in str(result.exception)


@pytest.mark.parametrize("keys", [["portal"], ["-eX_abc", "--eX"], ["--all"]])
def test_a_key_to_republish_may_begin_with_a_dash(keys: list[str]) -> None:
    arguments = ["republish", "registration", "app.modified", *keys, "--platform", "/nonexistent/platform.json"]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, CommandFailed)
    assert "/nonexistent/platform.json" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Say what to redrive: places as `grantstream dead list` shows them, or all of"),
        (["token:app.modified/2@1017", "--all"], "Name places, or choose with"),
        (["token:app.modified/2@1017", "--group", "token"], "Name places, or choose with"),
    ],
)
def test_a_redrive_without_one_clear_selection_is_refused(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["dead", "redrive", *arguments, "--platform", "/nonexistent/platform.json"])
    assert isinstance(result.exception, CommandFailed)
    assert str(result.exception).startswith(told)


def test_the_help_tells_defaults_as_one_would_type_them() -> None:
    shown = CliRunner().invoke(app, ["events", "publish", "--help"]).stdout
    assert "standard input" in shown
    assert "TextIOWrapper" not in shown
