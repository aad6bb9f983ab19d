"""The register of scopes: those of the v4 APIs, of the older CONNECT APIs, and the platform's own."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from grantstream.contracts.scopes import allows

Family = Literal["v4", "connect", "platform"]


@dataclass(frozen=True, slots=True)
class KnownScope:
    """A scope that an application can hold.

    `reaches`: what it gives access to. `staff_only`: assigned by the platform's staff, never by registering.
    """

    name: str
    reaches: str
    family: Family
    staff_only: bool = False


_V4: Final = {
    "budgetitem.read": "budgets with the fiscal calendar",
    "budgetitem.write": "budgets with the fiscal calendar",
    "company.read": "the company profile",
    "company.write": "the company profile",
    "creditcardaccount.read": "credit card accounts",
    "expense.report.read": "expense reports",
    "expense.report.readwrite": "expense reports",
    "expense.report.delete": "expense reports, to delete them only",
    "fiscalcalendar.read": "the fiscal calendar",
    "fiscalcalendar.write": "the fiscal calendar",
    "mileage.journey.read": "journeys",
    "mileage.journey.writeonly": "journeys",
    "mileage.vehicle.read": "vehicles",
    "mileage.vehicle.writeonly": "vehicles",
    "mileage.rate.read": "mileage rates",
    "mileage.rate.writeonly": "mileage rates",
    "openid": "the id_token of OpenID Connect",
    "realtimeingest.location.writeonly": "where a user was when a trip ended",
    "receipts.read": "receipts and invoices",
    "receipts.write": "receipts and invoices",
    "receipts.writeonly": "receipts and invoices",
    "travel.receipts.read": "requests for travel receipts",
    "travel.receipts.write": "travel receipts",
    "travelallowance.itinerary.read": "itineraries of travel allowances",
    "travelallowance.itinerary.writeonly": "itineraries of travel allowances",
    "travelallowance.configuration.read": "configuration of travel allowances",
    "travelallowance.configuration.writeonly": "configuration of travel allowances",
    "travelallowance.itineraryresult.read": "results of travel allowances",
    "travelrequest.write": "travel requests",
    "user.read": "user profiles",
    "user.write": "user profiles",
    "purchaserequest.write": "purchase requests, to write them only",
    "purchaserequest.read": "purchase requests",
}

_CONNECT: Final = {
    "user_read": "user profiles, through the old user APIs",
    "ATTEND": "attendee lists",
    "CONFIG": "features of the expense configuration",
    "CONREQ": "requests to join travel reward programs",
    "ERECPT": "receipts of e-receipt providers",
    "EVS": "checks of fields by external systems",
    "EXPRPT": "expense reports",
    "CCARD": "card data in expense reports",
    "BANK": "bank data in expense reports",
    "EXTRCT": "data extracts",
    "FISVC": "transactions on their way to external finance systems",
    "FOP": "a user's form of payment",
    "GHOST": "ghost cards in a user's form of payment",
    "IMAGE": "images of reports and line items",
    "INSGHT": "additional services for users",
    "INVPMT": "payment requests",
    "INVPO": "purchase orders",
    "INVTV": "tax checks of invoices",
    "INVVEN": "vendors",
    "ITINER": "itineraries and bookings",
    "JOBLOG": "job logs",
    "LIST": "list items",
    "MTNG": "travel bookings of meetings",
    "NOTIF": "notifications",
    "PAYBAT": "payment batches",
    "RCTIMG": "receipt images",
    "SUPSVC": "supplier data",
    "TAXINV": "digital tax invoices",
    "TRVPRF": "travel profiles",
    "PASSV": "passports and visas in travel profiles",
    "COMPD": "company details in travel profiles",
    "EMERG": "emergency contacts in travel profiles",
    "TSAI": "TSA data in travel profiles",
    "TMCSP": "data of the travel agency in travel profiles",
    "MEDIC": "medical alerts in travel profiles",
    "UNUTX": "unused tickets in travel profiles",
    "TRVPTS": "travel points",
    "TRVREQ": "travel requests, through the old API",
    "TWS": "approval of itineraries",
    "USER": "user accounts",
    "COMPANY": "company profiles, through the old API",
}

_PLATFORM: Final = {
    "app.read": "registered applications",
    "app.write": "registered applications, their secrets and who may use them",
    "app.event.writeonly": "events of applications and their secrets",
    "app.event.read": "events of applications and their secrets",
    "enablement.event.writeonly": "events of enabling and disabling",
    "enablement.event.read": "events of enabling and disabling",
    "company.event.writeonly": "events of companies",
    "company.event.read": "events of companies",
    "user.event.writeonly": "events of users",
    "user.event.read": "events of users",
    "key.event.writeonly": "events of signing keys",
    "key.event.read": "events of signing keys",
    "grant.event.writeonly": "events of grants",
    "grant.event.read": "events of grants",
    "usage.event.writeonly": "usage counts",
    "usage.event.read": "usage counts",
    "receipt.event.writeonly": "events of receipts",
    "receipt.event.read": "events of receipts",
    "fence.event.writeonly": "the fence",
    "token.introspect": "token introspection",
}

ADMINISTRATION_SCOPES: Final = frozenset(
    {"app.read", "app.write", "company.read", "company.write", "user.read", "user.write"}
)
"""What administering needs. `company.*` and `user.*` are also scopes of the v4 APIs; staff alone assign them."""


def _known(names: dict[str, str], family: Family) -> list[KnownScope]:
    return [
        KnownScope(name, reaches, family, staff_only=family == "platform" or name in ADMINISTRATION_SCOPES)
        for name, reaches in names.items()
    ]


CATALOGUE: Final[dict[str, KnownScope]] = {
    scope.name: scope for scope in _known(_V4, "v4") + _known(_CONNECT, "connect") + _known(_PLATFORM, "platform")
}
"""Every known scope by its name."""

STAFF_ASSIGNED_TO_PARTNERS: Final = frozenset({"receipts.write"})
"""Scopes of the public APIs that a partner's application gets from staff only."""


_PUBLISHES_KEYS: Final = "key.event.writeonly"


def is_staff_assigned(name: str) -> bool:
    """Whether only the platform's staff assign this scope; an unknown scope counts as one."""
    known = CATALOGUE.get(name)
    return known is None or known.staff_only or name in STAFF_ASSIGNED_TO_PARTNERS


@lru_cache(maxsize=1_000)
def is_reserved(name: str) -> bool:
    """Whether no application can get this scope: a client that may publish signing keys could sign any token."""
    return allows({name}, _PUBLISHES_KEYS)


def is_event_scope(name: str) -> bool:
    """Whether a scope belongs to the audience of events rather than to the HTTP APIs."""
    return ".event." in name
