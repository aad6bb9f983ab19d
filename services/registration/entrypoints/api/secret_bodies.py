"""The bodies for making a secret, and for activating or deactivating one."""

from datetime import timedelta
from typing import Any, Final, Literal

from fastapi import Request
from pydantic import Field, ValidationError, model_validator

from grantstream.contracts.events.registration import SecretStatus
from grantstream.service.bodies import RequestBody
from grantstream.service.json_bodies import require_json, strict_json
from grantstream.service.problems import Problem
from grantstream.service.validation import invalid_request
from services.registration.domain.app_secrets import LONGEST_OVERLAP_HOURS
from services.registration.use_cases.make_secret import MakeSecret
from services.registration.use_cases.precondition import Precondition

PATCH_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class MakeSecretBody(RequestBody):
    """How the old secrets end. Without a body they end at once."""

    overlap_hours: int = Field(
        default=0,
        ge=0,
        le=LONGEST_OVERLAP_HOURS,
        description="How long the old secrets are accepted beside the new.",
    )
    leaked: bool = Field(
        default=False, description="The old secrets are known to others: tokens that they gave are void as well."
    )

    @model_validator(mode="after")
    def _leaked_secrets_end_at_once(self) -> "MakeSecretBody":
        if self.leaked and self.overlap_hours:
            raise ValueError("leaked secrets have no overlap")
        return self

    def order(self, app_id: str, precondition: Precondition) -> MakeSecret:
        """The command."""
        return MakeSecret(
            app_id=app_id,
            overlap=timedelta(hours=self.overlap_hours),
            leaked=self.leaked,
            precondition=precondition,
        )


async def read_make_secret_body(request: Request) -> MakeSecretBody:
    """The body of "New Secret", which may be empty. Raises Problem (400, 415, 422)."""
    raw = await request.body()
    if not raw:
        return MakeSecretBody()
    require_json(request)
    try:
        return MakeSecretBody.model_validate(strict_json(raw))
    except ValidationError as error:
        errors: list[dict[str, Any]] = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise invalid_request(errors) from None


class StatusOperation(RequestBody):
    """One operation of a SCIM PatchOp."""

    op: str
    path: str
    value: str


class SecretPatchBody(RequestBody):
    """A SCIM PatchOp that sets a secret's status (RFC 7644, section 3.5.2)."""

    schemas: list[str]
    operations: list[StatusOperation] = Field(alias="Operations")

    def status(self) -> SecretStatus:
        """The requested status. Raises Problem (400), as the client secrets API documents it."""
        if self.schemas != [PATCH_SCHEMA]:
            raise _invalid("schemas")
        if len(self.operations) != 1 or self.operations[0].op.lower() != "replace":
            raise _invalid("operation")
        [operation] = self.operations
        if operation.path not in ("/status", "status"):
            raise _invalid("path")
        if operation.value not in ("active", "inactive"):
            raise _invalid("status value")
        return SecretStatus(operation.value)


def _invalid(what: Literal["schemas", "operation", "path", "status value"]) -> Problem:
    return Problem(400, "patch_invalid", "The patch can't be applied.", f"Invalid {what}.")
