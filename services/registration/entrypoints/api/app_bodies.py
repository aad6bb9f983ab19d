"""The bodies of registering and changing an application, checked for shape; the domain checks the rules."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from grantstream.contracts.events.registration import Visibility
from services.registration.domain.app_details import AppDetails

Names = list[str]
_EXAMPLE: JsonDict = {
    "name": "Harbour Taxi receipts",
    "description": "Posts a receipt for every ride that an employee takes.",
    "active": True,
    "apis": ["receipts"],
    "sensitiveDataGroups": [],
    "scopes": ["receipts.writeonly", "openid"],
    "allowedGrants": ["password", "refresh_token"],
    "environment": "prod",
}
_REVIEW_FIELDS = {
    "visibility": "visibility",
    "review_complete": "complete",
    "suspended": "suspended",
    "key_space": "key_space",
}


class Body(BaseModel):
    """A body of the administration: no field that is not known, no type that is nearly right."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True)


class RegisterAppBody(Body):
    """An application to be registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str
    description: str = ""
    active: bool = True
    apis: Names = []
    sensitive_data_groups: Names = []
    scopes: Names
    allowed_grants: Names
    redirect_uris: Names = []
    environment: str = "prod"

    def details(self) -> AppDetails:
        """What the body says, for the domain."""
        return AppDetails(**_as_tuples(dict(self)))


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _kept(default: Any) -> Any:
    """A field that keeps its value if the body does not name it; null is no value for it."""
    return Field(default=default, json_schema_extra=_drop_default)


class ModifyAppBody(Body):
    """The fields to change; what is not named stays. The last four belong to the platform's staff."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scopes": ["receipts.read", "openid"]}]})

    name: str = _kept("")
    description: str = _kept("")
    active: bool = _kept(True)
    apis: Names = _kept([])
    sensitive_data_groups: Names = _kept([])
    scopes: Names = _kept([])
    allowed_grants: Names = _kept([])
    redirect_uris: Names = _kept([])
    environment: str = _kept("")
    visibility: Literal["private", "public"] = _kept("private")
    review_complete: bool = _kept(False)
    suspended: bool = _kept(False)
    key_space: Names = _kept([])

    def changed_details(self) -> dict[str, Any]:
        """The named fields of the owner, by the names of the domain."""
        named = {name: getattr(self, name) for name in self.model_fields_set - _REVIEW_FIELDS.keys()}
        return _as_tuples(named)

    def changed_review(self) -> dict[str, Any]:
        """The named fields of the staff, by the names of the domain."""
        named = {_REVIEW_FIELDS[name]: getattr(self, name) for name in self.model_fields_set & _REVIEW_FIELDS.keys()}
        if "visibility" in named:
            named["visibility"] = Visibility(named["visibility"])
        return _as_tuples(named)


def _as_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
