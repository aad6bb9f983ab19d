"""Validates a receipt against its schema."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from services.receipts.domain.date_time import exists
from services.receipts.errors import Violation
from services.receipts.schemas.register import SchemaRegister
from services.receipts.schemas.wording import describe

_FORMATS: Final = {"local-date-time": exists}


class ReceiptCheck:
    """The compiled schemas of all accepted kinds of receipts."""

    def __init__(self, schemas: SchemaRegister) -> None:
        registry = Registry([(document["$id"], dict(document)) for document in schemas.documents.values()])
        self._validators: Mapping[str, Draft202012Validator] = {
            schema_id: Draft202012Validator(
                dict(schemas.documents[schema_id]),
                registry=registry,
                formats=_FORMATS,
                validate_formats=True,
                # A misspelt name in our own files must stop the process, not disable a rule or cause a download.
                ignore_unknown_formats=False,
                offline=True,
            )
            for schema_id in schemas.receipt_schemas
        }

    def violations(self, schema_id: str, receipt: Any, *, limit: int) -> tuple[Violation, ...]:
        """The violations of `receipt`, at most `limit`. KeyError: no such kind."""
        validator = self._validators[schema_id]
        if validator.is_valid(receipt):
            return ()
        return tuple(_violations(islice(validator.iter_errors(receipt), limit)))


def _violations(errors: Iterable[ValidationError]) -> Iterable[Violation]:
    for error in errors:
        steps = list(error.instance_path)
        if error.kind.name == "required":
            # The path of the missing member, not of the object that lacks it.
            steps.append(error.kind.value)
        yield Violation(path=_json_pointer(steps), message=describe(error.kind.name, error.kind.value))


def _json_pointer(steps: Iterable[str | int]) -> str:
    # RFC 6901, section 3.
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
