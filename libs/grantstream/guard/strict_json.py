"""Strict JSON (`grantstream.proof.strict_json`) whose faults are refusals of a token."""

from typing import Any, Final

from grantstream.guard.errors import TokenRefused
from grantstream.guard.refusal_codes import RefusalCode
from grantstream.proof import strict_json
from grantstream.proof.strict_json import Fault, JsonFault

_CODES: Final[dict[Fault, RefusalCode]] = {
    "not_utf8": RefusalCode.NOT_UTF8,
    "malformed": RefusalCode.JSON_MALFORMED,
    "too_nested": RefusalCode.JSON_TOO_NESTED,
    "duplicate_key": RefusalCode.DUPLICATE_JSON_KEY,
}


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. Raises TokenRefused, with a code for each kind of fault."""
    try:
        return strict_json.read_object(raw)
    except JsonFault as fault:
        raise TokenRefused(_CODES[fault.kind], fault.detail) from fault
