"""Names that somebody else has chosen are no options, whatever they begin with."""

import pytest
from typer.testing import CliRunner

from grantstream.cli.app import app
from grantstream.cli.errors import CommandFailed


@pytest.mark.parametrize("app_id", ["portal", "-eX_abc", "--eX"])
def test_an_application_may_have_a_name_that_begins_with_a_dash(app_id: str) -> None:
    result = CliRunner().invoke(app, ["audit", app_id, "--platform", "/nonexistent/platform.json"])
    # It got as far as looking for the platform.
    assert isinstance(result.exception, CommandFailed)
    assert "/nonexistent/platform.json" in str(result.exception)
