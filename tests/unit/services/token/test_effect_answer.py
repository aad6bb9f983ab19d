"""An order is answered as asked once it is effective everywhere, else with who is late."""

import orjson

from grantstream.fence import Pending
from grantstream.service.effect import Effect
from services.token.entrypoints.effect_answer import effect_answer

LATE = Pending(client_id="c", instance_id="i-1", service="receipts", role="http", reached=-1)


def test_a_change_that_reached_everybody_is_answered_as_asked() -> None:
    answer = effect_answer(201, {"id": "x"}, Effect(True, True, waited=0.0125), status_url="/where")
    assert (answer.status_code, orjson.loads(answer.body)) == (201, {"id": "x"})
    assert answer.headers["server-timing"].startswith("fence;dur=12.5")
    assert answer.headers["cache-control"] == "no-store"
    assert "location" not in answer.headers


def test_a_change_that_somebody_has_not_reached_says_who_and_where_to_ask() -> None:
    answer = effect_answer(201, {"id": "x"}, Effect(False, True, (LATE,)), status_url="/where")
    assert (answer.status_code, answer.headers["location"]) == (202, "/where")
    assert orjson.loads(answer.body) == {
        "id": "x",
        "status": "/where",
        "pending": [{"service": "receipts", "role": "http", "instance": "i-1"}],
    }
