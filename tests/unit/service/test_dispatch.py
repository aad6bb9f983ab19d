import pytest
from starlette.types import Receive, Scope, Send

from grantstream.service.dispatch import Dispatch


async def router(_scope: Scope, _receive: Receive, _send: Send) -> None: ...


async def hot(_scope: Scope, _receive: Receive, _send: Send) -> None: ...


def target(dispatch: Dispatch, method: str, path: str) -> tuple[object, Scope]:
    scope: Scope = {"method": method, "path": path}
    return dispatch._target(scope), scope


def test_only_the_method_and_path_that_were_added_are_hot() -> None:
    dispatch = Dispatch(router)
    dispatch.add("POST", "/token", hot)
    assert target(dispatch, "POST", "/token")[0] is hot
    for method, path in (("GET", "/token"), ("POST", "/token/"), ("POST", "/tokens"), ("POST", "/")):
        assert target(dispatch, method, path)[0] is router


def test_the_last_segment_may_be_a_parameter() -> None:
    dispatch = Dispatch(router)
    dispatch.add("POST", "/receipts/v4/users/{userId}", hot)
    found, scope = target(dispatch, "POST", "/receipts/v4/users/u-1")
    assert (found, scope["path_params"]) == (hot, {"userId": "u-1"})
    for path in ("/receipts/v4/users/", "/receipts/v4/users", "/receipts/v4/users/a/b", "/x/receipts/v4/users/a"):
        assert target(dispatch, "POST", path)[0] is router


@pytest.mark.parametrize("path", ["/a/{b}/c", "/a/x{b}", "/a/{b", "/a/{b-c}"])
def test_other_templates_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="last segment"):
        Dispatch(router).add("GET", path, hot)


def test_a_path_can_be_taken_only_once() -> None:
    dispatch = Dispatch(router)
    dispatch.add("GET", "/a", hot)
    with pytest.raises(ValueError, match="taken"):
        dispatch.add("GET", "/a", hot)
