"""The catalogue of APIs holds together."""

from grantstream.contracts.scope_catalogue import CATALOGUE as SCOPES
from services.registration.domain.api_catalogue import CATALOGUE


def test_every_scope_and_group_of_an_api_is_a_known_scope() -> None:
    named = {name for api in CATALOGUE.values() for name in (*api.scopes, *api.sensitive_data_groups)}
    assert named <= SCOPES.keys()


def test_no_api_of_the_catalogue_opens_the_platform_itself() -> None:
    named = {name for api in CATALOGUE.values() for name in api.scopes}
    assert not {name for name in named if SCOPES[name].family == "platform"}


def test_what_an_api_needs_is_in_the_catalogue() -> None:
    assert all(needed in CATALOGUE for api in CATALOGUE.values() for needed in api.needs)
