"""A company: a customer with its users."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from grantstream.contracts import subjects
from grantstream.contracts.events.token import CompanyRegistered
from grantstream.contracts.invalid_input import Fault, InvalidInput

MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company. `is_platform`: the platform's own company, whose staff review applications; there is one."""

    company_id: str
    name: str
    domain: str
    development_partner: bool
    sandbox: bool
    is_platform: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def open_sandbox(cls, *, company_id: str, name: str, now: datetime) -> Self:
        """A new sandbox: a company for trials, which is a Development Partner from the start."""
        return cls(
            company_id=company_id,
            name=checked_name(name),
            domain=f"{company_id.replace('-', '')[-12:]}.sandbox.example",
            development_partner=True,
            sandbox=True,
            is_platform=False,
            version=1,
            created_at=now,
            updated_at=now,
        )

    @classmethod
    def of_the_platform(cls, *, company_id: str, now: datetime) -> Self:
        """The platform's own company."""
        return cls(
            company_id=company_id,
            name="Platform",
            domain="platform.example",
            development_partner=True,
            sandbox=False,
            is_platform=True,
            version=1,
            created_at=now,
            updated_at=now,
        )

    def as_development_partner(self, wanted: bool, *, now: datetime) -> Self:
        """The company with or without the right to register applications; itself without a change."""
        if wanted == self.development_partner:
            return self
        return replace(self, development_partner=wanted, version=self.version + 1, updated_at=now)

    @property
    def subject(self) -> str:
        """Its subject on the fence and in events."""
        return subjects.company(self.company_id)

    def state(self) -> CompanyRegistered:
        """The event of this company."""
        return CompanyRegistered(
            version=self.version,
            company_id=self.company_id,
            name=self.name,
            domain=self.domain,
            development_partner=self.development_partner,
            sandbox=self.sandbox,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


def checked_name(name: str) -> str:
    """A company's name as it is stored. Raises InvalidInput."""
    stripped = name.strip()
    if not 1 <= len(stripped) <= MAX_NAME or not stripped.isprintable():
        raise InvalidInput(Fault("/companyName", f"must be 1 to {MAX_NAME} printable characters"))
    return stripped
