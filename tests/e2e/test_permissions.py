"""Who may do what: of another company, without the role, with the wrong kind of token, or what is for staff alone."""

import pytest

from tests.e2e.calls import Call, bearer, get, post_receipt, send_json
from tests.e2e.stage import ALL_GRANTS, App, Stage, User, password_call

APPS = "/app-mgmt/v4/apps"


def _registering(token: str, *scopes: str, **fields: object) -> Call:
    return send_json("POST", APPS, token, {"name": "Wanted", "scopes": scopes, "allowedGrants": ALL_GRANTS} | fields)


def test_an_applications_own_token_opens_no_receipts(stage: Stage, admin: User, app: App) -> None:
    own = stage.token(app)
    assert stage.ask(post_receipt(own, admin.user_id)).status == 403
    assert stage.ask(get(f"/receipts/v4/users/{admin.user_id}", own)).status == 403
    assert stage.ask(get("/receipts/v4", own)).status == 200, "the service index is open to it"


def test_a_write_only_scope_reads_nothing(stage: Stage, admin: User, app: App) -> None:
    answer = stage.ask(get(f"/receipts/v4/users/{admin.user_id}", stage.token(app, admin)))
    assert answer.status == 403
    assert 'scope="receipts.read"' in answer.headers["WWW-Authenticate"]


def test_a_users_token_opens_no_other_users_receipts(stage: Stage, admin: User, app: App) -> None:
    user = stage.add_user(admin)
    token = stage.token(app, user)
    assert stage.ask(post_receipt(token, admin.user_id)).status == 401
    assert stage.ask(post_receipt(token, user.user_id)).status == 201


def test_objects_of_another_company_answer_not_found(stage: Stage, admin: User, app: App) -> None:
    stranger = stage.open_company()
    posted = stage.ask(post_receipt(stage.token(app, admin), admin.user_id))
    receipt = posted.headers["Location"].removeprefix(stage.description["base"])
    reading = stage.token(stage.register(stranger, "receipts.read"), stranger)
    token = stranger.admin_token
    enablement = f"/app-mgmt/v4/companies/{stranger.company_id}/apps/{app.app_id}"
    calls = [
        get(f"{APPS}/{app.app_id}", token),
        send_json("PATCH", f"{APPS}/{app.app_id}", token, {"name": "Mine"}),
        Call("DELETE", f"{APPS}/{app.app_id}", bearer(token)),
        get(f"/app-mgmt/v4/{app.app_id}/secrets", token),
        send_json("POST", f"/app-mgmt/v4/{app.app_id}/secrets", token, {}),
        get(f"/app-mgmt/v4/companies/{admin.company_id}/apps", token),
        send_json("PUT", f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app.app_id}", token, {"enabled": False}),
        send_json("PUT", enablement, token, {"enabled": True}),
        get(f"/companies/{admin.company_id}", token),
        get(f"/companies/{admin.company_id}/users", token),
        send_json("PATCH", f"/companies/{admin.company_id}/users/{admin.user_id}", token, {"active": False}),
        send_json("PATCH", f"/companies/{stranger.company_id}/users/{admin.user_id}", token, {"active": False}),
        get(receipt, reading),
    ]
    answers = [stage.ask(call) for call in calls]
    assert [(answer.call.path, answer.status) for answer in answers] == [(call.path, 404) for call in calls]
    assert stage.ask(get(f"{APPS}/{app.app_id}", admin.admin_token)).expect(200)["name"] == "E2E app"
    assert stage.token(app, admin), "still enabled, with its secret and its user"


def test_a_user_without_a_permission_administers_nothing(stage: Stage, admin: User, app: App) -> None:
    user = stage.sign_in(stage.add_user(admin))
    calls = [
        _registering(user.admin_token, "receipts.writeonly"),
        get(APPS, user.admin_token),
        send_json("PATCH", f"{APPS}/{app.app_id}", user.admin_token, {"name": "Mine"}),
        send_json("POST", f"/app-mgmt/v4/{app.app_id}/secrets", user.admin_token, {}),
        send_json(
            "PUT", f"/app-mgmt/v4/companies/{admin.company_id}/apps/{app.app_id}", user.admin_token, {"enabled": False}
        ),
        get(f"/companies/{admin.company_id}/users", user.admin_token),
        send_json("POST", f"/companies/{admin.company_id}/users", user.admin_token, {"login": "x@e2e.example"}),
    ]
    assert [stage.ask(call).status for call in calls] == [403] * len(calls)


@pytest.mark.parametrize("role", ["developer", "administrator"])
def test_developers_and_administrators_manage_their_apps(stage: Stage, admin: User, role: str) -> None:
    """In their own sandbox."""
    user = stage.sign_in(stage.add_user(admin, role))
    app = stage.register(user, "receipts.writeonly")
    assert stage.set_enabled(user, app, False).status in (200, 202)


def test_taking_a_role_away_ends_what_it_allowed(stage: Stage, admin: User) -> None:
    user = stage.sign_in(stage.add_user(admin, "developer"))
    stage.settled(stage.modify_user(admin, user, roles=[]), admin.admin_token).expect(200, 202)
    assert stage.ask(_registering(user.admin_token, "receipts.writeonly")).status == 401
    assert stage.ask(_registering(stage.sign_in(user).admin_token, "receipts.writeonly")).status == 403


@pytest.mark.parametrize("scope", ["receipts.write", "app.write", "user.write", "app.event.writeonly"])
def test_a_partner_cannot_give_an_app_a_staff_only_scope(stage: Stage, admin: User, app: App, scope: str) -> None:
    assert stage.ask(_registering(admin.admin_token, scope)).status == 403
    assert stage.modify(admin, app, scopes=["receipts.writeonly", scope]).status == 403
    shown = stage.ask(get(f"{APPS}/{app.app_id}", admin.admin_token)).expect(200)
    assert shown["scopes"] == ["receipts.writeonly", "openid"]


def test_staff_assign_a_scope_and_make_an_app_public(stage: Stage, admin: User, app: App) -> None:
    staff, other = stage.staff(), stage.open_company()
    assert stage.modify(admin, app, visibility="public").status == 403
    assert stage.modify(staff, app, visibility="public").status == 409, "the review is not complete"
    told = stage.modify(staff, app, visibility="public", reviewComplete=True, scopes=["receipts.write"])
    stage.settled(told, staff.admin_token).expect(200, 202)
    stage.settled(stage.set_enabled(other, app, True), other.admin_token).expect(200, 202)
    assert stage.ask(post_receipt(stage.token(app, other), other.user_id)).status == 201


def test_staff_suspend_an_app_for_the_whole_platform(stage: Stage, admin: User, app: App) -> None:
    staff, token = stage.staff(), stage.token(app, admin)
    stage.settled(stage.modify(staff, app, suspended=True), staff.admin_token).expect(200, 202)
    assert stage.ask(post_receipt(token, admin.user_id)).status == 401
    assert stage.modify(admin, app, suspended=False).status == 403
    assert stage.ask(password_call(app, admin)).code == 59


def test_only_a_development_partner_can_register_apps(stage: Stage, admin: User) -> None:
    staff = stage.staff()
    told = send_json("PATCH", f"/companies/{admin.company_id}", staff.admin_token, {"developmentPartner": False})
    stage.settled(stage.ask(told), staff.admin_token).expect(200, 202)
    assert stage.ask(_registering(admin.admin_token, "receipts.writeonly")).status == 403


def test_an_app_has_no_rights_of_its_user_beyond_its_scopes(stage: Stage, admin: User, app: App) -> None:
    assert stage.ask(get(APPS, stage.token(app, admin))).status == 403
    assert stage.ask(password_call(app, admin, "app.read")).code == 54


def test_an_application_reads_only_its_own_secrets(stage: Stage, admin: User, app: App) -> None:
    other, own = stage.register(admin, "receipts.writeonly"), stage.token(app)
    assert len(stage.ask(get(f"/app-mgmt/v4/{app.app_id}/secrets", own)).expect(200)) == 1
    assert stage.ask(get(f"/app-mgmt/v4/{other.app_id}/secrets", own)).status == 404


def test_stale_etags_are_refused_and_current_ones_accepted(stage: Stage, admin: User, app: App) -> None:
    path = f"{APPS}/{app.app_id}"
    read = stage.ask(get(path, admin.admin_token))
    tag = read.headers["ETag"]
    assert stage.ask(get(path, admin.admin_token, If_None_Match=tag)).status == 304
    first = stage.ask(send_json("PATCH", path, admin.admin_token, {"name": "First"}, If_Match=tag))
    assert first.status in (200, 202)
    assert first.headers["ETag"] != tag
    assert stage.ask(send_json("PATCH", path, admin.admin_token, {"name": "Second"}, If_Match=tag)).status == 412
    assert stage.ask(Call("DELETE", path, bearer(admin.admin_token) | {"If-Match": tag})).status == 412
    assert stage.ask(get(path, admin.admin_token)).expect(200)["name"] == "First"
