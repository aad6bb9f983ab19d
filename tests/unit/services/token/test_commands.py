"""A command that is refused ends with one sentence and exit code 1, never with a traceback."""

import pytest
import typer

from grantstream.contracts.invalid_input import Fault, InvalidInput
from grantstream.postgres.errors import DatabaseUnavailable
from services.token.__main__ import _or_exit
from services.token.errors import LoginTaken


@pytest.mark.parametrize(
    "error",
    [InvalidInput(Fault("/login", "must be longer")), LoginTaken("this login is taken"), DatabaseUnavailable("gone")],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_is_one_sentence(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        _or_exit(refuse)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == f"{error}\n"
