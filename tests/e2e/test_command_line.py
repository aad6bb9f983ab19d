"""The command line sees what stands on the topics, and tells what is believed from what is not."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from deploy.local.running_platform import Platform
from tests.e2e.command_line import CommandLine
from tests.e2e.stage import Stage


@pytest.fixture
def grantstream(platform: Platform) -> CommandLine:
    return CommandLine(platform.settings.state_dir / "platform.json")


def _company(**changes: Any) -> str:
    company: Mapping[str, Any] = {
        "version": 1,
        "company_id": "none-of-ours",
        "name": "C",
        "domain": "c.example",
        "development_partner": False,
        "sandbox": False,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    return json.dumps({**company, **changes})


def test_tail_shows_a_registration_as_verified_without_data(stage: Stage, grantstream: CommandLine) -> None:
    app = stage.register(stage.open_company(), "receipts.read")
    [shown] = grantstream("events", "tail", "--topic", "app.registered", "--key", app.app_id, "--json").lines()
    assert shown["verified"]
    assert shown["type"] == "app.registered"
    assert "data" not in shown


def test_tail_shows_what_an_event_says_only_if_asked(stage: Stage, grantstream: CommandLine) -> None:
    app = stage.register(stage.open_company(), "receipts.read")
    told = grantstream("events", "tail", "-t", "app.registered", "-k", app.app_id, "--json", "--data").lines()
    assert [event["data"]["app_id"] for event in told] == [app.app_id]


def test_an_unknown_topic_is_one_sentence(grantstream: CommandLine) -> None:
    ran = grantstream("events", "tail", "--topic", "app.registred")
    assert ran.status == 1
    assert ran.complained.startswith("There is no topic app.registred; there are app.deleted,")


def test_publish_writes_an_event_that_everybody_believes(grantstream: CommandLine) -> None:
    ran = grantstream(
        "events", "publish", "company.registered", "-", "--json", told=_company(company_id="from-the-cli")
    )
    [appended] = ran.lines()
    told = grantstream("events", "tail", "-t", "company.registered", "-k", "from-the-cli", "--json").lines()
    assert [(event["offset"], event["verified"]) for event in told] == [(appended["offset"], True)]


def test_publish_reports_an_invalid_field_not_its_value(grantstream: CommandLine) -> None:
    ran = grantstream("events", "publish", "company.registered", "-", told=_company(version="s3cret"))
    assert ran.status == 1
    assert "version: Input should be a valid integer" in ran.complained
    assert "s3cret" not in ran.complained


def test_topics_check_finds_all_as_the_register_has_them(grantstream: CommandLine) -> None:
    ran = grantstream("topics", "check")
    assert (ran.status, ran.told.endswith("topics are as the register has them.\n")) == (0, True)


def test_lag_shows_each_group_and_each_outbox(stage: Stage, grantstream: CommandLine) -> None:
    stage.register(stage.open_company(), "receipts.read")
    told = grantstream("lag", "--json").lines()
    assert {"token", "registration", "receipts"} <= {line["group"] for line in told if "group" in line}
    assert {line["service"] for line in told if "service" in line} == {"token", "registration", "receipts"}


def test_no_platform_is_one_sentence(grantstream: CommandLine) -> None:
    elsewhere = CommandLine(grantstream.platform_file.with_name("nothing.json"))
    assert elsewhere("lag").complained == f"There is no {elsewhere.platform_file}.\n"


def test_audit_lists_who_changed_an_application(stage: Stage, grantstream: CommandLine) -> None:
    admin = stage.open_company()
    app = stage.register(admin, "receipts.read", "receipts.writeonly")
    stage.modify(admin, app, scopes=["receipts.read"]).expect(200, 202)
    stage.set_enabled(admin, app, False).expect(200, 202)
    ran = grantstream("audit", app.app_id, "--json")
    lines = ran.lines()
    assert ran.status == 0
    assert all(line["verified"] for line in lines)
    told = {(line["event_type"], line["version"]): line for line in lines}
    assert set(told) == {("app.registered", 1), ("app.enabled", 1), ("app.modified", 2), ("app.disabled", 2)}
    assert [line["actor"] for line in lines] == [{"kind": "user", "id": admin.user_id}] * 4
    assert "scopes" in told["app.modified", 2]["summary"]


def test_audit_of_an_unknown_application_fails_with_reason(grantstream: CommandLine) -> None:
    for ran in (grantstream("audit", "nobody"), grantstream("audit", "nobody", "--json")):
        assert (ran.status, ran.told) == (1, "")
        assert ran.complained.splitlines()[-1].startswith("The topics tell of no application nobody:")


def test_rebuild_recreates_a_projection_and_prints_a_report(stage: Stage, grantstream: CommandLine) -> None:
    app = stage.register(stage.open_company(), "receipts.read")
    [report] = grantstream("rebuild", "token", "apps", "--json").lines()
    assert report["rows"] >= 1
    assert (report["added"], report["corrected"], report["unexplained"]) == (0, 0, [])
    assert stage.token(app)


def test_a_state_is_republished_and_stands_on_its_topic(stage: Stage, grantstream: CommandLine) -> None:
    app = stage.register(stage.open_company(), "receipts.read")
    [report] = grantstream("republish", "registration", "app.modified", app.app_id, "--json").lines()
    assert report == {"republished": 1, "not_expressible": 0, "unknown": []}
    [record] = [
        each for each in grantstream("audit", app.app_id, "--json").lines() if each["event_type"] == "app.modified"
    ]
    assert record["version"] == 1
    told = grantstream("republish", "registration", "app.deleted", app.app_id).told
    assert told.splitlines() == ["0 states were published again.", "1 states can't be expressed on app.deleted."]


def test_a_republish_that_is_not_possible_is_one_sentence(grantstream: CommandLine) -> None:
    for arguments, why in (
        (("registration", "app.modified", "nobody"), "registration has no such aggregate: nobody"),
        (("registration",), "name keys, or give --all for all aggregates: one of both"),
        (("receipts", "--all"), "receipts owns no states, so there is nothing to republish"),
    ):
        ran = grantstream("republish", *arguments)
        assert (ran.status, ran.complained.splitlines()[-1]) == (1, why)


def test_rebuild_of_an_unknown_projection_is_one_sentence(grantstream: CommandLine) -> None:
    ran = grantstream("rebuild", "token", "apples")
    assert (ran.status, ran.told) == (1, "")
    assert ran.complained.splitlines()[-1].startswith("there is no projection apples; there are ")
