"""docs/containers.md tells every setting there is, with the default it has."""

import re

import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from deploy.compose_env import MADE
from grantstream.service.settings import ServiceSettings
from services.receipts.settings import ReceiptsSettings
from services.registration.settings import RegistrationSettings
from services.token.settings import TokenSettings
from tests.unit.deploy.compose_file import ROOT, SERVICES

PAGE = (ROOT / "docs/containers.md").read_text()
SETTINGS_CHAPTER = PAGE.partition("## Settings")[2]
ROWS = dict(re.findall(r"^\| `(GRANTSTREAM_\w+)` \| `?([^`|]*?)`? \|", SETTINGS_CHAPTER, re.MULTILINE))
KINDS: list[type[ServiceSettings]] = [ServiceSettings, RegistrationSettings, TokenSettings, ReceiptsSettings]


def default_of(field: FieldInfo) -> str:
    """The default as one would write it into the environment."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    told = TypeAdapter(type(value)).dump_python(value, mode="json")
    return "{}" if told == {} else str(told)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_setting_stands_there_with_its_default(kind: type[ServiceSettings]) -> None:
    for name, field in kind.model_fields.items():
        inherited = kind is not ServiceSettings and name in ServiceSettings.model_fields
        if not inherited:
            assert ROWS.get(f"GRANTSTREAM_{name.upper()}") == default_of(field), name


def test_no_setting_stands_there_that_is_gone() -> None:
    known = {f"GRANTSTREAM_{name.upper()}" for kind in KINDS for name in kind.model_fields}
    assert set(ROWS) == known


def test_variables_for_compose_are_told_with_their_defaults() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    optional = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", compose))
    told = dict(re.findall(r"^\| `(GRANTSTREAM_\w+)` \| `([^`]*)` \|", PAGE.partition("## The image")[0], re.MULTILINE))
    assert told == optional
    assert not set(optional) & set(MADE)


def test_ports_published_by_compose_are_documented() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            [published] = re.findall(r"(\d+)}?:\d+$", port)
            assert f":{published}`" in PAGE, port
