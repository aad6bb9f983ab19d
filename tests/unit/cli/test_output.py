"""What strangers wrote to a topic is shown, and orders no terminal about."""

import pytest
from rich.text import Text

from grantstream.cli.output import json_in, json_text, print_json, print_line, print_table

HOSTILE = "app\x1b[2J\x1b]52;c;cm0=\x07\x9b2J\u202e[bold]\x7f"


def _unseen(text: str) -> str:
    return "".join(each for each in text if not each.isprintable() and each != "\n")


def test_lines_and_tables_contain_no_invisible_character(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(Text(HOSTILE) + Text(HOSTILE, "bold red"))
    print_table(("place",), [(HOSTILE,)])
    shown = capsys.readouterr().out
    assert _unseen(shown) == ""
    assert shown.count("[bold]") == 3


def test_json_output_escapes_invisible_characters(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"key": HOSTILE})
    shown = capsys.readouterr().out
    assert _unseen(shown) == ""
    assert json_in(shown.encode()) == {"key": HOSTILE}
    assert json_text({"name": "Zoë"}) == '{"name":"Zoë"}'


@pytest.mark.parametrize("value", [b"[" * 300 + b"]" * 300, b"[" * 5000 + b"]" * 5000, b"\xff", b'"\\ud800"', b""])
def test_what_cannot_be_shown_as_json_is_a_value_error(value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        json_in(value)
