"""Problems for requests that violate their schema or a rule; they never quote the request's values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from grantstream.contracts.invalid_input import InvalidInput
from grantstream.service.problems import Problem

_LONGEST_NAME: Final = 64
_ECHOING: Final = {
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "Input has an unknown discriminator",
    "url_parsing": "Input should be a valid URL",
    "datetime_parsing": "Input should be a valid datetime",
    "date_parsing": "Input should be a valid date",
}
"""Error types whose own text can quote the input."""


def invalid_request(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """422 with a list of (JSON pointer, reason); `errors` are pydantic's.

    Pointers into the body start with `#`; those into path, query and headers name that part instead.
    """
    reasons = [{"pointer": pointer(error["loc"]), "detail": _reason(error)} for error in errors]
    return Problem(422, "invalid", "The request does not fit its schema.", extra={"errors": reasons})


def invalid_input(error: InvalidInput) -> Problem:
    """422 with the violated rules of a service."""
    reasons = [{"pointer": _in_uri_form(fault.pointer), "detail": fault.reason} for fault in error.faults]
    return Problem(422, "invalid", "The input breaks a rule", str(error), extra={"errors": reasons})


def _in_uri_form(pointer: str) -> str:
    return f"#{pointer}" if pointer.startswith("/") else pointer


def pointer(location: Sequence[int | str]) -> str:
    """A location of pydantic's as a JSON pointer in URI form (RFC 6901, section 6)."""
    first, *rest = location or ("body",)
    root = "#" if first == "body" else str(first)
    return "/".join([root, *(_escaped(part) for part in rest)])


def _escaped(part: int | str) -> str:
    # The sender chose the name of an unknown field: it is shortened, and unprintable characters are replaced.
    name = "".join(char if char.isprintable() else "?" for char in str(part)[:_LONGEST_NAME])
    return name.replace("~", "~0").replace("/", "~1")


def _reason(error: Mapping[str, Any]) -> str:
    return _ECHOING.get(error["type"]) or str(error["msg"])
