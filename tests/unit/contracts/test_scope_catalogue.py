"""The names of the scopes are part of the public interface: this list changes only on purpose."""

from grantstream.contracts.scope_catalogue import (
    ADMINISTRATION_SCOPES,
    CATALOGUE,
    STAFF_ASSIGNED_TO_PARTNERS,
    is_event_scope,
)
from grantstream.contracts.topics import TOPICS

V4 = """
budgetitem.read budgetitem.write company.read company.write creditcardaccount.read expense.report.read
expense.report.readwrite expense.report.delete fiscalcalendar.read fiscalcalendar.write mileage.journey.read
mileage.journey.writeonly mileage.vehicle.read mileage.vehicle.writeonly mileage.rate.read
mileage.rate.writeonly openid realtimeingest.location.writeonly receipts.read receipts.write
receipts.writeonly travel.receipts.read travel.receipts.write travelallowance.itinerary.read
travelallowance.itinerary.writeonly travelallowance.configuration.read travelallowance.configuration.writeonly
travelallowance.itineraryresult.read travelrequest.write user.read user.write purchaserequest.write
purchaserequest.read
"""

CONNECT = """
user_read ATTEND CONFIG CONREQ ERECPT EVS EXPRPT CCARD BANK EXTRCT FISVC FOP GHOST IMAGE INSGHT INVPMT INVPO
INVTV INVVEN ITINER JOBLOG LIST MTNG NOTIF PAYBAT RCTIMG SUPSVC TAXINV TRVPRF PASSV COMPD EMERG TSAI TMCSP
MEDIC UNUTX TRVPTS TRVREQ TWS USER COMPANY
"""


def names_of(family: str) -> list[str]:
    return sorted(scope.name for scope in CATALOGUE.values() if scope.family == family)


def test_the_74_scopes_of_the_apis_are_these() -> None:
    assert names_of("v4") == sorted(V4.split())
    assert names_of("connect") == sorted(CONNECT.split())
    assert (len(V4.split()), len(CONNECT.split())) == (33, 41)


def test_every_scope_says_what_it_reaches() -> None:
    assert all(scope.reaches for scope in CATALOGUE.values())


def test_every_topic_requires_a_known_event_scope() -> None:
    for topic in TOPICS.values():
        assert topic.scope in CATALOGUE
        assert is_event_scope(topic.scope)


def test_only_staff_assign_platform_and_event_scopes() -> None:
    staff_only = {scope.name for scope in CATALOGUE.values() if scope.staff_only}
    assert set(names_of("platform")) <= staff_only
    assert staff_only >= ADMINISTRATION_SCOPES
    assert {name for name in CATALOGUE if is_event_scope(name)} <= staff_only


def test_staff_assigned_partner_scopes_are_public_v4_scopes() -> None:
    assert all(CATALOGUE[name].family == "v4" for name in STAFF_ASSIGNED_TO_PARTNERS)
