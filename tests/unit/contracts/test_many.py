"""A list of wrong items costs no more than its first."""

import pytest
from pydantic import ValidationError

from grantstream.contracts.events.registration import AppModified
from grantstream.contracts.events.token import UserModified
from grantstream.contracts.void import VoidBelow


@pytest.mark.parametrize(
    ("model", "name", "item"),
    [(AppModified, "secrets", b"{}"), (AppModified, "scopes", b"0"), (UserModified, "roles", b"0")],
)
def test_the_first_wrong_item_of_a_list_is_told_and_no_more(
    model: type[AppModified] | type[UserModified], name: str, item: bytes
) -> None:
    value = b'{"%b":[%b]}' % (name.encode(), b",".join([item] * 100_000))
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(value)
    assert refused.value.error_count() < 50


def test_more_names_of_scopes_than_anybody_has_are_refused() -> None:
    VoidBelow(scopes={f"a{number}": 1 for number in range(1_000)})
    with pytest.raises(ValidationError):
        VoidBelow(scopes={f"a{number}": 1 for number in range(1_001)})
