"""What happens to an application, and which tokens each change makes void."""

from typing import Any

import pytest

from grantstream.contracts.events.registration import Visibility
from grantstream.contracts.invalid_input import InvalidInput
from grantstream.contracts.scope_catalogue import CATALOGUE
from grantstream.contracts.void import VoidBelow
from services.registration.domain.app import App
from services.registration.errors import ReviewNotComplete, StaffAssignedScopes
from tests.unit.services.registration.samples import HOUR, START, app

LATER = START + HOUR


def modified(before: App, **changes: Any) -> App:
    return before.modify(changes, now=LATER)


def with_scopes(*scopes: str) -> App:
    """An application to which staff assigned these."""
    before = app(scopes=())
    return before.reviewed({"scopes": scopes}, now=START)


def test_a_new_application_is_private_and_voids_nothing() -> None:
    new = app()
    assert (new.state.version, new.state.visibility, new.state.void_below.is_empty) == (1, Visibility.PRIVATE, True)


@pytest.mark.parametrize("scope", ["receipts.write", "app.write", "user.read", "app.event.writeonly"])
def test_a_partner_cannot_request_a_staff_assigned_scope(scope: str) -> None:
    with pytest.raises(StaffAssignedScopes) as refused:
        app(scopes=("openid", scope))
    assert refused.value.scopes == [scope]
    with pytest.raises(StaffAssignedScopes):
        modified(app(), scopes=("openid", scope))


def test_a_partner_cannot_regain_a_dropped_staff_scope() -> None:
    assigned = with_scopes("receipts.write")
    assert modified(assigned, name="Other").state.scopes == ("receipts.write",)
    narrowed = modified(assigned, scopes=("receipts.read",))
    with pytest.raises(StaffAssignedScopes):
        modified(narrowed, scopes=("receipts.write",))


def test_staff_assign_any_known_scope_but_signing_keys() -> None:
    assignable = [name for name in CATALOGUE if name != "key.event.writeonly"]
    assert with_scopes(*assignable).state.scopes == tuple(assignable)
    with pytest.raises(InvalidInput):
        with_scopes("receipts.everything")


def test_removing_write_voids_tokens_with_implied_scopes() -> None:
    before = with_scopes("receipts.write", "openid")
    after = modified(before, scopes=("openid",))
    assert after.state.void_below.scopes == dict.fromkeys(
        ("receipts.write", "receipts.read", "receipts.writeonly"), after.state.version
    )
    assert after.state.void_below.voids(before.state.version, {"receipts.read"})
    assert not after.state.void_below.voids(before.state.version, {"openid"})
    assert not after.state.void_below.voids(after.state.version, {"receipts.read"})


def test_what_another_held_scope_still_gives_is_not_voided() -> None:
    after = modified(with_scopes("receipts.write"), scopes=("receipts.read",))
    assert after.state.void_below.scopes.keys() == {"receipts.write", "receipts.writeonly"}


def test_restoring_a_scope_does_not_revive_voided_tokens() -> None:
    narrowed = modified(app(scopes=("receipts.read", "openid")), scopes=("openid",))
    widened = modified(narrowed, scopes=("receipts.read", "openid"))
    assert widened.state.void_below == narrowed.state.void_below
    assert widened.state.void_below.voids(1, {"receipts.read"})
    assert not widened.state.void_below.voids(widened.state.version, {"receipts.read"})


def test_a_grant_taken_away_voids_the_tokens_that_it_issued() -> None:
    after = modified(app(allowed_grants=("password", "client_credentials")), allowed_grants=("password",))
    assert after.state.void_below == VoidBelow(grants={"client_credentials": 2})


def test_widening_and_renaming_void_nothing() -> None:
    widened = modified(app(), name="Other", scopes=("receipts.writeonly", "openid", "receipts.read"))
    assert (widened.state.version, widened.state.void_below.is_empty) == (2, True)


def test_deactivating_voids_every_token_and_activating_none() -> None:
    off = modified(app(), active=False)
    on = modified(off, active=True)
    assert off.state.void_below == on.state.void_below == VoidBelow(version=2)
    assert not on.state.void_below.voids(on.state.version)


def test_suspension_voids_tokens_and_only_staff_can_lift_it() -> None:
    suspended = app().reviewed({"suspended": True}, now=LATER)
    assert (suspended.state.void_below.version, suspended.is_usable) == (2, False)
    assert not modified(suspended, active=True).is_usable
    lifted = suspended.reviewed({"suspended": False}, now=LATER)
    assert (lifted.state.void_below.version, lifted.is_usable) == (2, True)


def test_deleting_ends_tokens_secrets_and_visibility() -> None:
    gone = app().delete(now=LATER)
    assert gone.state.deleted
    assert gone.state.void_below.version == gone.state.version == 2
    assert not any(secret.is_accepted(LATER) for secret in gone.secrets)
    assert not gone.is_visible_to("company-1")


def test_visibility_beyond_private_waits_for_the_review() -> None:
    with pytest.raises(ReviewNotComplete):
        app().reviewed({"visibility": Visibility.PUBLIC}, now=LATER)
    public = app().reviewed({"visibility": Visibility.PUBLIC, "review_complete": True}, now=LATER)
    assert public.is_available_to("company-2")
    assert public.state.void_below.is_empty
    assert not app().is_visible_to("company-2")


def test_an_inactive_application_is_visible_but_unavailable() -> None:
    inactive = app(active=False)
    assert inactive.is_visible_to("company-1")
    assert not inactive.is_available_to("company-1")


def test_an_order_that_changes_nothing_makes_no_new_version() -> None:
    before = app()
    assert before.modify({"name": before.state.name}, now=LATER) is before
    assert before.reviewed({"scopes": before.state.scopes}, now=LATER) is before
