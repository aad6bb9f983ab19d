"""The web services (APIs) that a partner can choose for an application.

The chosen APIs show administrators the purpose of an application; the scopes decide what its tokens allow. An API's
sensitive data groups are chosen one by one, and some APIs need another one (App Registration & Management page).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grantstream.contracts.invalid_input import Fault


@dataclass(frozen=True, slots=True)
class Api:
    """One API: its scopes, its sensitive data groups, and the APIs that it needs."""

    api_id: str
    name: str
    scopes: tuple[str, ...]
    sensitive_data_groups: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


_APIS: Final = (
    Api("attendee", "Attendee", ("ATTEND",)),
    Api("budget", "Budget", ("budgetitem.read", "budgetitem.write", "fiscalcalendar.read", "fiscalcalendar.write")),
    Api("company-profile", "Company", ("company.read", "company.write")),
    Api("connection-request", "Connection Request", ("CONREQ",)),
    Api("detokenizer", "Detokenizer", ("creditcardaccount.read",)),
    Api("e-receipt", "E-Receipt", ("ERECPT",)),
    Api("event-notification", "Event Notification", ("NOTIF",)),
    Api("expense-configuration", "Expense Configuration", ("CONFIG", "user.read")),
    Api(
        "expense-report",
        "Expense Report",
        ("expense.report.read", "expense.report.readwrite", "expense.report.delete", "EXPRPT"),
        sensitive_data_groups=("CCARD", "BANK"),
    ),
    Api("extract", "Extract", ("EXTRCT",)),
    Api("financial-integration", "Financial Integration", ("FISVC",)),
    Api("imaging", "Imaging", ("IMAGE",)),
    Api("insights", "Insights", ("INSGHT",)),
    Api("itinerary", "Itinerary", ("ITINER",)),
    Api("list", "List", ("LIST",)),
    Api("payment-batch", "Payment Batch", ("PAYBAT",)),
    Api("payment-request", "Payment Request", ("INVPMT",)),
    Api("purchase-order", "Purchase Order", ("INVPO",)),
    Api("purchase-request", "Purchase Request", ("purchaserequest.read", "purchaserequest.write")),
    Api("quick-expense", "Quick Expense", ("receipts.writeonly", "user.read", "CONFIG"), needs=("expense-report",)),
    Api("receipt-image", "Receipt Image", ("RCTIMG",), needs=("imaging",)),
    Api("receipts", "Receipts", ("receipts.read", "receipts.write", "receipts.writeonly")),
    Api("request", "Request", ("travelrequest.write", "TRVREQ")),
    Api("sales-tax-validation", "Sales Tax Validation", ("INVTV", "TAXINV")),
    Api("supplier", "Supplier", ("SUPSVC",)),
    Api(
        "travel-allowance",
        "Travel Allowance",
        (
            "travelallowance.itinerary.read",
            "travelallowance.itinerary.writeonly",
            "travelallowance.configuration.read",
            "travelallowance.itineraryresult.read",
        ),
    ),
    Api("travel-points", "Travel Points", ("TRVPTS",)),
    Api(
        "travel-profile",
        "Travel Profile",
        ("TRVPRF",),
        sensitive_data_groups=("PASSV", "COMPD", "EMERG", "TSAI", "TMCSP", "MEDIC", "UNUTX"),
    ),
    Api("travel-receipts", "Travel Receipts", ("travel.receipts.read", "travel.receipts.write")),
    Api("trip-approval", "Trip Approval", ("TWS",)),
    Api("user-account", "User", ("USER",)),
    Api("user-profile", "User Profile", ("user.read", "user.write", "user_read")),
    Api("vendor", "Vendor", ("INVVEN",)),
)

CATALOGUE: Final[dict[str, Api]] = {api.api_id: api for api in _APIS}
"""Every API by its id."""


def faults_of_choice(apis: tuple[str, ...], sensitive_data_groups: tuple[str, ...]) -> Iterator[Fault]:
    """What is wrong with a choice of APIs and sensitive data groups."""
    for index, api_id in enumerate(apis):
        if api_id not in CATALOGUE:
            yield Fault(f"/apis/{index}", "is not an API of the catalogue")
        elif missing := sorted(set(CATALOGUE[api_id].needs) - set(apis)):
            yield Fault(f"/apis/{index}", f"needs {', '.join(missing)} to be chosen too")
    offered = {group for api_id in apis if api_id in CATALOGUE for group in CATALOGUE[api_id].sensitive_data_groups}
    for index, group in enumerate(sensitive_data_groups):
        if group not in offered:
            yield Fault(f"/sensitiveDataGroups/{index}", "belongs to none of the chosen APIs")
