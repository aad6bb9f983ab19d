"""The main job over HTTP: register, get a token, post a receipt, read it, and take every permission back again."""

from typing import Any

from tests.e2e.calls import get, post_receipt, send_json
from tests.e2e.everywhere import Everywhere
from tests.e2e.stage import App, Stage, User, own_call, password_call

SCIM = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def test_a_posted_receipt_is_read_and_listed_by_another_app(stage: Stage, admin: User, app: App) -> None:
    posted = stage.ask(post_receipt(stage.token(app, admin), admin.user_id))
    posted.expect(201)
    where = posted.headers["Location"].removeprefix(stage.description["base"])
    reader = stage.token(stage.register(admin, "receipts.read"), admin)
    found = stage.ask(get(where, reader)).expect(200)
    assert (found["receipt"]["total"], found["userId"]) == ("42.50", admin.user_id)
    listed = stage.ask(get(f"/receipts/v4/users/{admin.user_id}", reader)).expect(200)
    assert [entry["id"] for entry in listed["receipts"]] == [found["id"]]
    status = stage.ask(get(f"/receipts/v4/status/{found['id']}", reader)).expect(200)
    assert status["status"]


def test_an_app_is_listed_and_shows_its_secret_only_once(stage: Stage, admin: User, app: App) -> None:
    listed = stage.ask(get("/app-mgmt/v4/apps", admin.admin_token)).expect(200)["items"]
    assert [entry["appId"] for entry in listed] == [app.app_id]
    shown = stage.ask(get(f"/app-mgmt/v4/apps/{app.app_id}", admin.admin_token)).expect(200)
    of_secrets = stage.ask(get(f"/app-mgmt/v4/{app.app_id}/secrets", admin.admin_token)).expect(200)
    assert [entry["status"] for entry in of_secrets] == ["Active"]
    assert app.secret not in str([listed, shown, of_secrets])


def test_a_new_app_is_enabled_for_its_own_company(stage: Stage, admin: User, app: App) -> None:
    path = f"/app-mgmt/v4/companies/{admin.company_id}/apps"
    assert stage.ask(get(f"{path}/{app.app_id}", admin.admin_token)).expect(200)["enabled"]
    enabled = stage.ask(get(f"{path}?status=enabled", admin.admin_token)).expect(200)["items"]
    assert [entry["appId"] for entry in enabled] == [app.app_id]


def test_a_token_answer_has_the_documented_members(stage: Stage, admin: User, app: App) -> None:
    answer = stage.ask(password_call(app, admin))
    told: dict[str, Any] = answer.expect(200)
    assert (told["expires_in"], told["token_type"], told["scope"]) == (3600, "Bearer", "openid receipts.writeonly")
    assert told["geolocation"] == stage.description["base"]
    assert {"access_token", "refresh_token", "refresh_expires_in", "id_token"} <= told.keys()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["concur-correlationid"]


def test_a_rotated_secret_ends_at_once_and_tokens_live_on(
    stage: Stage, admin: User, app: App, everywhere: Everywhere
) -> None:
    token, with_old_secret = stage.token(app, admin), password_call(app, admin)
    stage.settled(stage.new_secret(admin, app), admin.admin_token)
    answers = everywhere.asked_to_mint(with_old_secret)
    assert [(answer.status, answer.code) for _, answer in answers] == [(401, 64)] * stage.workers
    assert everywhere.minted(password_call(app, admin))[1] == []
    assert everywhere.refusing(token) == []


def test_an_old_secret_can_overlap_and_be_deactivated(stage: Stage, admin: User, app: App) -> None:
    path, with_old_secret = f"/app-mgmt/v4/{app.app_id}/secrets", own_call(app)
    [old] = stage.ask(get(path, admin.admin_token)).expect(200)
    stage.settled(stage.new_secret(admin, app, overlapHours=1), admin.admin_token)
    assert [stage.ask(call).status for call in (with_old_secret, own_call(app))] == [200, 200]
    order = {"schemas": [SCIM], "Operations": [{"op": "replace", "path": "/status", "value": "inactive"}]}
    off = stage.ask(send_json("PATCH", f"{path}/{old['id']}", admin.admin_token, order))
    stage.settled(off, admin.admin_token).expect(200, 202)
    assert [stage.ask(call).status for call in (with_old_secret, own_call(app))] == [401, 200]


def test_disabling_an_app_ends_its_tokens_for_good(stage: Stage, admin: User, app: App, everywhere: Everywhere) -> None:
    token = stage.token(app, admin)
    assert everywhere.refusing(token) == []
    stage.settled(stage.set_enabled(admin, app, False), admin.admin_token)
    assert set(everywhere.statuses(token).values()) == {401}
    refused = stage.ask(post_receipt(token, admin.user_id))
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert stage.ask(password_call(app, admin)).code == 53
    stage.settled(stage.set_enabled(admin, app, True), admin.admin_token)
    new_tokens, refusals = everywhere.minted(password_call(app, admin))
    assert refusals == []
    assert [everywhere.refusing(new) for new in new_tokens] == [[]] * stage.workers
    assert set(everywhere.statuses(token).values()) == {401}


def test_removing_a_scope_ends_only_the_tokens_with_it(stage: Stage, admin: User, everywhere: Everywhere) -> None:
    app = stage.register(admin, "receipts.read", "receipts.writeonly")
    reading = stage.token(app, admin, "receipts.read")
    writing = stage.token(app, admin, "receipts.writeonly")
    changed = stage.modify(admin, app, scopes=["receipts.writeonly"])
    stage.settled(changed, admin.admin_token).expect(200, 202)
    assert set(everywhere.statuses(reading).values()) == {401}
    assert everywhere.refusing(writing) == []
    assert stage.ask(password_call(app, admin, "receipts.read")).code == 54


def test_a_deactivated_app_gets_no_token_and_keeps_none(
    stage: Stage, admin: User, app: App, everywhere: Everywhere
) -> None:
    for_user, own = stage.token(app, admin), stage.token(app)
    stage.settled(stage.modify(admin, app, active=False), admin.admin_token).expect(200, 202)
    assert everywhere.accepting(for_user) + everywhere.accepting(own) == []
    assert [stage.ask(call).code for call in (password_call(app, admin), own_call(app))] == [59, 59]
    stage.settled(stage.modify(admin, app, active=True), admin.admin_token).expect(200, 202)
    assert everywhere.refusing(stage.token(app, admin)) == []
    assert everywhere.accepting(for_user) == []


def test_a_deleted_app_is_gone_for_good(stage: Stage, admin: User, app: App, everywhere: Everywhere) -> None:
    token = stage.token(app, admin)
    path = f"/app-mgmt/v4/apps/{app.app_id}"
    stage.settled(stage.ask(send_json("DELETE", path, admin.admin_token, {})), admin.admin_token)
    assert everywhere.accepting(token) == []
    assert stage.ask(get(path, admin.admin_token)).status == 404
    assert everywhere.minting(password_call(app, admin)) == []
    assert stage.set_enabled(admin, app, True).status == 404


def test_deactivating_a_user_ends_its_tokens_for_good(
    stage: Stage, admin: User, app: App, everywhere: Everywhere
) -> None:
    user = stage.add_user(admin)
    token, of_admin = stage.token(app, user), stage.token(app, admin)
    stage.settled(stage.modify_user(admin, user, active=False), admin.admin_token).expect(200, 202)
    assert set(everywhere.statuses(token).values()) == {401}
    assert stage.ask(password_call(app, user)).code == 10
    assert everywhere.refusing(of_admin) == []
    stage.settled(stage.modify_user(admin, user, active=True), admin.admin_token).expect(200, 202)
    assert everywhere.refusing(stage.token(app, user)) == []
    assert everywhere.accepting(token) == []
