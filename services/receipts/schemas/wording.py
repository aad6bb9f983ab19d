"""The messages of schema violations. They never quote the client's values, because answers may be logged anywhere."""

from typing import Any, Final

_TYPES: Final = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}

_FORMATS: Final = {"local-date-time": "must be a date and time that exist, with a UTC offset that exists"}


def describe(keyword: str, limit: Any) -> str:
    """The message for a violated `keyword` with the schema's value `limit`."""
    match keyword:
        case "required":
            return "is required"
        case "type":
            return "must be " + " or ".join(_TYPES.get(name, name) for name in limit)
        case "enum":
            return "must be one of: " + ", ".join(str(option) for option in limit)
        case "pattern":
            return f"must match the pattern {limit}"
        case "minItems":
            return f"must have at least {limit} item{'s' if limit != 1 else ''}"
        case "minimum":
            return f"must be at least {_number(limit)}"
        case "maximum":
            return f"must be at most {_number(limit)}"
        case "format":
            return _FORMATS.get(limit, f"must have the format {limit}")
    return "does not agree with the schema"


def _number(limit: Any) -> str:
    return f"{limit:g}" if isinstance(limit, float) else str(limit)
