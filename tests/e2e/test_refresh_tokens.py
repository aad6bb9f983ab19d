"""Going on with a sign-in: each use gives a new refresh token, and using an old one again ends all that came of it."""

from tests.e2e.calls import get
from tests.e2e.everywhere import Everywhere
from tests.e2e.stage import App, Stage, User, password_call, refresh_call


def _use(stage: Stage, app: App, refresh_token: str) -> dict[str, str]:
    told: dict[str, str] = stage.ask(refresh_call(app, refresh_token)).expect(200)
    return told


def test_each_use_gives_a_new_refresh_and_access_token(
    stage: Stage, admin: User, app: App, everywhere: Everywhere
) -> None:
    signed_in = stage.ask(password_call(app, admin)).expect(200)
    used = _use(stage, app, signed_in["refresh_token"])
    assert used["refresh_token"] != signed_in["refresh_token"]
    assert used["scope"] == signed_in["scope"]
    assert everywhere.refusing(used["access_token"]) == []


def test_refresh_token_reuse_ends_all_tokens_of_its_family(
    stage: Stage, admin: User, app: App, everywhere: Everywhere
) -> None:
    first = stage.ask(password_call(app, admin)).expect(200)
    second = _use(stage, app, first["refresh_token"])
    third = _use(stage, app, second["refresh_token"])
    other = stage.token(app, admin)
    assert everywhere.refusing(third["access_token"]) == []
    assert stage.ask(refresh_call(app, first["refresh_token"])).code == 108
    assert [everywhere.accepting(one["access_token"]) for one in (first, second, third)] == [[], [], []]
    assert stage.ask(refresh_call(app, third["refresh_token"])).code == 108
    assert everywhere.refusing(other) == [], "another sign-in is not touched"


def test_a_refresh_token_is_of_use_to_its_own_client_only(stage: Stage, admin: User, app: App) -> None:
    signed_in = stage.ask(password_call(app, admin)).expect(200)
    other = stage.register(admin, "receipts.writeonly", "openid")
    assert stage.ask(refresh_call(other, signed_in["refresh_token"])).code == 105
    assert _use(stage, app, signed_in["refresh_token"])["access_token"]


def test_a_refreshed_token_may_be_narrower_and_never_wider(stage: Stage, admin: User) -> None:
    app = stage.register(admin, "receipts.read", "receipts.writeonly")
    narrow = stage.ask(password_call(app, admin, "receipts.read")).expect(200)["refresh_token"]
    assert stage.ask(refresh_call(app, narrow, "receipts.writeonly")).code == 54
    wide = stage.ask(password_call(app, admin)).expect(200)["refresh_token"]
    assert stage.ask(refresh_call(app, wide, "receipts.read")).expect(200)["scope"] == "receipts.read"


def test_disabling_an_app_ends_refresh_tokens_for_good(stage: Stage, admin: User, app: App) -> None:
    refresh_token = stage.ask(password_call(app, admin)).expect(200)["refresh_token"]
    stage.settled(stage.set_enabled(admin, app, False), admin.admin_token)
    assert stage.ask(refresh_call(app, refresh_token)).code == 53
    stage.settled(stage.set_enabled(admin, app, True), admin.admin_token)
    assert stage.ask(refresh_call(app, refresh_token)).code == 108


def test_refreshing_does_not_restore_a_removed_scope(stage: Stage, admin: User) -> None:
    app = stage.register(admin, "receipts.read", "receipts.writeonly")
    refresh_token = stage.ask(password_call(app, admin)).expect(200)["refresh_token"]
    for scopes in (["receipts.writeonly"], ["receipts.read", "receipts.writeonly"]):
        stage.settled(stage.modify(admin, app, scopes=scopes), admin.admin_token).expect(200, 202)
    answer = _use(stage, app, refresh_token)
    assert answer["scope"] == "receipts.writeonly"
    listed = stage.ask(get(f"/receipts/v4/users/{admin.user_id}", answer["access_token"]))
    assert listed.status == 403
