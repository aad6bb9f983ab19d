"""What `republish` is asked to do, and what it refuses."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.service.republish_command import wanted_of
from services.receipts.__main__ import commands as receipts
from services.registration.__main__ import commands as registration
from services.registration.use_cases.newest_states import OWNED

APPS, ENABLEMENTS = OWNED


def wanted(topic: str | None, *keys: str, is_all: bool = False) -> list[tuple[OwnedStates, list[str], Any]]:
    found = wanted_of("registration", OWNED, topic, keys, is_all=is_all)
    return [(each.owned, [on.name for on in each.topics], each.keys) for each in found]


def test_keys_are_republished_on_the_named_topic() -> None:
    assert wanted("app.disabled", "a/c", "b/c", "a/c") == [(ENABLEMENTS, ["app.disabled"], ["a/c", "b/c"])]


def test_all_of_a_topic_are_all_of_its_kind() -> None:
    assert wanted("secret.rotated", is_all=True) == [(APPS, ["secret.rotated"], None)]


def test_all_without_a_topic_are_all_kinds_on_any_topic() -> None:
    every = [(owned, [topic.name for topic in owned.topics], None) for owned in OWNED]
    assert wanted(None, is_all=True) == every


@pytest.mark.parametrize(
    ("commands", "arguments", "why"),
    [
        (registration, ["user.modified", "u"], "registration owns no topic of states user.modified; it owns app.regis"),
        (registration, ["app.modified"], "name keys, or give --all for all aggregates: one of both"),
        (registration, [], "name keys, or give --all for all aggregates: one of both"),
        (registration, ["app.modified", "a", "--all"], "name keys, or give --all for all aggregates: one of both"),
        (receipts, ["--all"], "receipts owns no states, so there is nothing to republish"),
        (receipts, ["receipt.posted", "r"], "receipts owns no states, so there is nothing to republish"),
    ],
)
def test_an_order_without_one_clear_meaning_is_refused(commands: typer.Typer, arguments: list[str], why: str) -> None:
    result = CliRunner().invoke(commands, ["republish", *arguments])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(why)
