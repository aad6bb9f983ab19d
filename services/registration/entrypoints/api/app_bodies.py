"""The bodies for registering and changing an application; the domain checks the rules."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from grantstream.contracts.events.registration import Visibility
from grantstream.service.bodies import RequestBody
from services.registration.use_cases.modify_app import ModifyApp
from services.registration.use_cases.precondition import Precondition
from services.registration.use_cases.register_app import RegisterApp

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


class RegisterAppBody(RequestBody):
    """An application to register."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str
    description: str = ""
    active: bool = True
    apis: Names = Field(default=[])
    sensitive_data_groups: Names = Field(default=[])
    scopes: Names
    allowed_grants: Names
    redirect_uris: Names = Field(default=[])
    environment: str = "prod"

    def order(self) -> RegisterApp:
        """The command in the body."""
        return RegisterApp(details=_as_tuples(dict(self)))


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _kept(default: Any) -> Any:
    """A field that stays unchanged if the body does not name it; null is not allowed."""
    return Field(default=default, json_schema_extra=_drop_default)


class ModifyAppBody(RequestBody):
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

    def order(self, app_id: str, precondition: Precondition) -> ModifyApp:
        """The command in the body: the fields that it names."""
        named = _as_tuples({name: getattr(self, name) for name in self.model_fields_set})
        if "visibility" in named:
            named["visibility"] = Visibility(named["visibility"])
        return ModifyApp(app_id=app_id, changes=named, precondition=precondition)


def _as_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
