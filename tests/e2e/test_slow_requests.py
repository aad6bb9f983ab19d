"""Requests that take their time: what was taken away while they were being sent is gone when they are whole."""

from tests.e2e.calls import post_receipt
from tests.e2e.stage import App, Stage, User


def test_a_receipt_completed_after_disabling_is_refused(stage: Stage, admin: User, app: App) -> None:
    connection = stage.connect("receipts")
    call = post_receipt(stage.token(app, admin), admin.user_id)
    connection.send_head(call)
    assert stage.set_enabled(admin, app, False).status == 200
    connection.send_body()
    assert connection.receive().status == 401
    connection.close()
