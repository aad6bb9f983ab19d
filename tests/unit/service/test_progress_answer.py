"""An order is answered as asked once it is effective everywhere, else with who is late."""

import orjson

from grantstream.fence import Pending
from grantstream.service.in_force import Progress
from grantstream.service.progress_answer import progress_answer

LATE = Pending(client_id="c", instance_id="i-1", service="receipts", role="http", reached=-1)


def test_a_change_in_force_everywhere_is_answered_normally() -> None:
    answer = progress_answer(201, {"id": "x"}, Progress(True, True, waited=0.0125), status_url="/where")
    assert (answer.status_code, orjson.loads(answer.body)) == (201, {"id": "x"})
    assert answer.headers["server-timing"].startswith("fence;dur=12.5")
    assert answer.headers["cache-control"] == "no-store"
    assert "location" not in answer.headers


def test_a_pending_change_is_202_with_status_and_instances() -> None:
    answer = progress_answer(201, {"id": "x"}, Progress(False, True, (LATE,)), status_url="/where")
    assert (answer.status_code, answer.headers["location"]) == (202, "/where")
    assert orjson.loads(answer.body) == {
        "id": "x",
        "status": "/where",
        "pending": [{"service": "receipts", "role": "http", "instance": "i-1"}],
    }


def test_a_pending_answer_replaces_only_the_location_header() -> None:
    asked = {"status_url": "/where", "headers": {"ETag": '"2"'}, "location": "/made"}
    known = progress_answer(201, {}, Progress(True, True), **asked)
    unknown = progress_answer(201, {}, Progress(False, True, (LATE,)), **asked)
    assert [(answer.headers["etag"], answer.headers["location"]) for answer in (known, unknown)] == [
        ('"2"', "/made"),
        ('"2"', "/where"),
    ]
    assert unknown.headers["cache-control"] == "no-store"


def test_a_bodiless_answer_gets_a_body_only_while_pending() -> None:
    done = progress_answer(204, None, Progress(True, True), status_url="/where")
    assert (done.status_code, done.body) == (204, b"")
    assert "content-type" not in done.headers
    late = progress_answer(204, None, Progress(False, True, (LATE,)), status_url="/where")
    assert (late.status_code, orjson.loads(late.body)["status"]) == (202, "/where")
