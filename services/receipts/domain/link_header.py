"""The schema that a request names: the targets of its `describedby` links (RFC 8288, section 3).

Clients write `rel=describedBy` with and without quotes, blanks and capitals, and several links in one or more headers.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_LINK: Final = re.compile(r"[ \t,]*<([^<>]*)>")
_PARAMETER: Final = re.compile(
    r"[ \t]*;[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]*)))?)?"
)
_ESCAPED: Final = re.compile(r"\\(.)")
_END: Final = re.compile(r"[ \t]*(?:,|$)")


def described_by(headers: Iterable[str]) -> Iterator[str]:
    """The targets of all links of the `describedby` relation, in order.

    A link with an `anchor` does not describe the request's body and is skipped (section 3.2); of several `rel` the
    first counts (section 3.3). A header is read up to its first malformed character.
    """
    for header in headers:
        for target, parameters in _links(header):
            relations = parameters.get("rel", "").lower().split()
            if "describedby" in relations and "anchor" not in parameters:
                yield target


def _links(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    position = 0
    while link := _LINK.match(header, position):
        parameters, position = _parameters(header, link.end())
        end = _END.match(header, position)
        if end is None:
            return
        yield link[1].strip(), parameters
        position = end.end()


def _parameters(header: str, position: int) -> tuple[dict[str, str], int]:
    parameters: dict[str, str] = {}
    while match := _PARAMETER.match(header, position):
        position = match.end()
        name, quoted, plain = match.groups()
        if name is not None:
            value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else plain or ""
            parameters.setdefault(name.lower(), value)
    return parameters, position
