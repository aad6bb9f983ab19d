"""A company: a customer with its users."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from grantstream.contracts.events.token import CompanyRegistered
from grantstream.contracts.invalid_input import Fault, InvalidInput

MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company, as others see it, and whether it is the platform's own, whose staff review applications."""

    state: CompanyRegistered
    is_platform: bool = False

    @classmethod
    def open_sandbox(cls, *, company_id: str, name: str, now: datetime) -> Self:
        """A new sandbox: a company for trials, which is a Development Partner from the start."""
        domain = f"{company_id.replace('-', '')[-12:]}.sandbox.example"
        return cls(state=_new(company_id, checked_name(name), domain, sandbox=True, now=now))

    @classmethod
    def of_the_platform(cls, *, company_id: str, now: datetime) -> Self:
        """The platform's own company."""
        state = _new(company_id, "Platform", "platform.example", sandbox=False, now=now)
        return cls(state=state, is_platform=True)

    def as_development_partner(self, wanted: bool, *, now: datetime) -> Self:
        """The company with or without the right to register applications; itself without a change."""
        if wanted == self.state.development_partner:
            return self
        changes = {"development_partner": wanted, "version": self.state.version + 1, "updated_at": now}
        return replace(self, state=self.state.model_copy(update=changes))


def _new(company_id: str, name: str, domain: str, *, sandbox: bool, now: datetime) -> CompanyRegistered:
    return CompanyRegistered(
        company_id=company_id,
        name=name,
        domain=domain,
        development_partner=True,
        sandbox=sandbox,
        version=1,
        created_at=now,
        updated_at=now,
    )


def checked_name(name: str) -> str:
    """A company's name as it is stored. Raises InvalidInput."""
    stripped = name.strip()
    if not 1 <= len(stripped) <= MAX_NAME or not stripped.isprintable():
        raise InvalidInput(Fault("/companyName", f"must be 1 to {MAX_NAME} printable characters"))
    return stripped
