"""The places of date-times in a schema, read from the schema, so that a new kind of receipt needs no code."""

from collections.abc import Mapping
from typing import Any, Final

from services.receipts.domain.normalisation import DateTimes
from services.receipts.schemas.register import SCHEMA_PREFIX, SchemaRegister

_FORMAT: Final = "local-date-time"


def date_times_of(schemas: SchemaRegister, schema_id: str) -> DateTimes:
    """The members of a receipt of this kind that contain date-times."""
    return _members(schemas, schema_id, schemas.documents[schema_id])


def _members(schemas: SchemaRegister, home: str, schema: Mapping[str, Any]) -> DateTimes:
    date_times: dict[str, DateTimes | None] = {}
    for home_of_part, part in _parts(schemas, home, schema):
        for name, member in part.get("properties", {}).items():
            if _is_date_time(schemas, home_of_part, member):
                date_times[name] = None
            elif inner := _members(schemas, home_of_part, member):
                date_times[name] = inner
    return date_times


def _parts(schemas: SchemaRegister, home: str, schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The schema and all its parts and references for the same place of the receipt (or for its items)."""
    parts = [(home, schema)]
    if reference := schema.get("$ref"):
        parts += _parts(schemas, *_resolved(schemas, home, reference))
    for inner in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        parts += _parts(schemas, home, inner)
    if items := schema.get("items"):
        parts += _parts(schemas, home, items)
    return parts


def _is_date_time(schemas: SchemaRegister, home: str, schema: Mapping[str, Any]) -> bool:
    return any(part.get("format") == _FORMAT for _, part in _parts(schemas, home, schema))


def _resolved(schemas: SchemaRegister, home: str, reference: str) -> tuple[str, Mapping[str, Any]]:
    file, _, pointer = reference.removeprefix(SCHEMA_PREFIX).partition("#")
    target = file or home
    schema: Mapping[str, Any] = schemas.documents[target]
    for step in pointer.split("/")[1:]:
        schema = schema[step]
    return target, schema
