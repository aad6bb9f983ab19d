"""Strict parsing of an `application/x-www-form-urlencoded` body (RFC 6749, sections 3.2 and appendix B).

Two parsers must never read different requests, so ambiguous bodies are refused: a duplicate parameter, a broken escape,
bytes that are not UTF-8, a control character.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

MAX_PARAMETERS: Final = 64
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class MalformedForm(ValueError):
    """The body has no single meaning as a form."""


def parse_form(body: bytes) -> dict[str, str]:
    """The parameters of a form. One without a value counts as missing (RFC 6749, section 3.2).

    Raises MalformedForm.
    """
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedForm("a byte outside ASCII is not escaped") from error
    pairs = text.split("&") if text else []
    if len(pairs) > MAX_PARAMETERS:
        raise MalformedForm("too many parameters")
    halves = [pair.partition("=") for pair in pairs]
    if "%" in text or "+" in text:
        named = [(decode_component(name), decode_component(value)) for name, _, value in halves]
    else:
        # Nothing is escaped, as in most requests of applications: one check of the whole text is enough.
        _refuse_control(text)
        named = [(name, value) for name, _, value in halves]
    parameters = dict(named)
    if len(parameters) < len(named):
        parameters = _unique(named)
    return parameters if all(parameters.values()) else {name: value for name, value in parameters.items() if value}


def _unique(named: list[tuple[str, str]]) -> dict[str, str]:
    """The parameters. Raises MalformedForm for a duplicate; an empty text between two `&` is none."""
    parameters: dict[str, str] = {}
    for name, value in named:
        if name in parameters:
            raise MalformedForm("a parameter is given twice")
        if name or value:
            parameters[name] = value
    return parameters


def decode_component(text: str) -> str:
    """One name or value, unescaped. Raises MalformedForm for a broken escape, bad UTF-8 or a control character."""
    if "%" in text or "+" in text:
        text = _unescape(text)
    _refuse_control(text)
    return text


def _refuse_control(text: str) -> None:
    if _CONTROL.search(text):
        raise MalformedForm("a control character")


def _unescape(text: str) -> str:
    if _BROKEN_ESCAPE.search(text):
        raise MalformedForm("a broken escape")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError as error:
        raise MalformedForm("not UTF-8") from error
