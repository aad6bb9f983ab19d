"""The clients that set-up makes: what each may write about, and with which scopes."""

import pytest

from grantstream.contracts.subjects import within
from grantstream.contracts.topics import TOPICS, Owner
from services.token.domain.first_clients import KEY_SPACES, OPERATOR, scopes_of


@pytest.mark.parametrize("owner", list(Owner))
def test_a_service_writes_to_its_own_topics_and_the_fence(owner: Owner) -> None:
    own = {topic.scope for topic in TOPICS.values() if owner in topic.owners}
    assert set(scopes_of(owner.value)) == own | {"fence.event.writeonly"}


def test_an_operator_writes_every_topic_except_signing_keys() -> None:
    writable = {scope for scope in scopes_of(OPERATOR) if scope.endswith(".writeonly")}
    assert writable == {topic.scope for topic in TOPICS.values()} - {"key.event.writeonly"}


def test_only_the_token_service_can_tell_of_a_signing_key() -> None:
    can = {name for name, key_space in KEY_SPACES.items() if within("key/kid", key_space)}
    assert can == {"token"}


@pytest.mark.parametrize("subject", ["app/x", "enablement/x/y", "user/x", "receipt/x"])
def test_an_operators_key_space_covers_repairable_subjects(subject: str) -> None:
    assert within(subject, KEY_SPACES[OPERATOR])
