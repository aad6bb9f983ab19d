"""An application, and its changes by its owner and the platform's staff.

Every method that makes a change returns the changed application, with the next version and the bounds of the tokens
that the change voids. Without a change it returns the application itself.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from grantstream.contracts import subjects
from grantstream.contracts.events.registration import SecretStatus, Visibility
from grantstream.contracts.void import VoidBelow
from services.registration.domain import app_secrets
from services.registration.domain.app_details import AppDetails
from services.registration.domain.app_secrets import NewSecret, Secret
from services.registration.domain.narrowing import bounds_of_narrowing
from services.registration.domain.review import Review
from services.registration.domain.scope_assignment import refuse_reserved, refuse_staff_assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One application. Deleted ones are kept, so that a late event can't restore them."""

    app_id: str
    company_id: str
    company_domain: str
    details: AppDetails
    secrets: tuple[Secret, ...]
    review: Review = field(default_factory=Review)
    deleted: bool = False
    token_endpoint_auth_method: str | None = None
    version: int
    void_below: VoidBelow = field(default_factory=VoidBelow)
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls, app_id: str, details: AppDetails, *, company_id: str, company_domain: str, secret: NewSecret, now: datetime
    ) -> Self:
        """A new application of a partner. Raises InvalidInput and StaffAssignedScopes."""
        details.check()
        refuse_staff_assigned(details.scopes)
        return cls(
            app_id=app_id,
            company_id=company_id,
            company_domain=company_domain,
            details=details,
            secrets=(secret.stored(now),),
            version=1,
            created_at=now,
            updated_at=now,
        )

    def modify(self, details: AppDetails, *, now: datetime) -> Self:
        """The owner's change. Raises InvalidInput and StaffAssignedScopes."""
        details.check()
        refuse_staff_assigned(details.scopes, held=self.details.scopes)
        return self._changed(details=details, now=now)

    def reviewed(self, review: Review, scopes: tuple[str, ...], *, now: datetime) -> Self:
        """The application after the staff's decision, which may assign any scope that applications can have.

        Raises InvalidInput and ReviewNotComplete.
        """
        review.check()
        refuse_reserved(scopes)
        details = replace(self.details, scopes=scopes)
        details.check()
        return self._changed(details=details, review=review, now=now)

    def with_new_secret(self, secret: NewSecret, *, overlap: timedelta, most_active: int, now: datetime) -> Self:
        """With a new secret; tokens issued by older secrets stay valid. Raises TooManySecrets."""
        secrets = app_secrets.with_new(self.secrets, secret, overlap=overlap, most_active=most_active, now=now)
        return self._changed(secrets=secrets, now=now)

    def with_leaked_secrets_replaced(self, secret: NewSecret, *, now: datetime) -> Self:
        """With a new secret instead of all others, which are deleted, so that none can be activated again."""
        return self._changed(secrets=(secret.stored(now),), now=now)

    def with_secret_status(self, secret_id: str, status: SecretStatus, *, most_active: int, now: datetime) -> Self:
        """With one secret activated or deactivated. Raises NotFound and TooManySecrets."""
        secrets = app_secrets.with_status(self.secrets, secret_id, status, most_active=most_active, now=now)
        return self._changed(secrets=secrets, now=now)

    def without_secret(self, secret_id: str, *, now: datetime) -> Self:
        """Without one inactive secret. Raises NotFound and SecretStillActive."""
        return self._changed(secrets=app_secrets.without(self.secrets, secret_id, now), now=now)

    def delete(self, *, now: datetime) -> Self:
        """Deleted: all its tokens are void, its secrets are inactive, and no company has it enabled any more."""
        return self._changed(deleted=True, secrets=app_secrets.all_ended(self.secrets, now), now=now)

    def secrets_forgotten_by(self, after: Self) -> list[Secret]:
        """The secrets that a change deletes. Their tokens must end with them: no later leak report could name them."""
        kept = {secret.secret_id for secret in after.secrets}
        return [secret for secret in self.secrets if secret.secret_id not in kept]

    @property
    def subject(self) -> str:
        """Its subject on the fence and in events."""
        return subjects.app(self.app_id)

    @property
    def is_usable(self) -> bool:
        """Whether tokens can be issued to it."""
        return self.details.active and not self.review.suspended and not self.deleted

    def is_visible_to(self, company_id: str) -> bool:
        """Whether a company that has not enabled it may see it."""
        return not self.deleted and (company_id == self.company_id or self.review.visibility is Visibility.PUBLIC)

    def is_available_to(self, company_id: str) -> bool:
        """Whether a company may enable it."""
        return self.is_usable and self.is_visible_to(company_id)

    def _changed(
        self,
        *,
        now: datetime,
        details: AppDetails | None = None,
        review: Review | None = None,
        secrets: tuple[Secret, ...] | None = None,
        deleted: bool | None = None,
    ) -> Self:
        after = replace(
            self,
            details=self.details if details is None else details,
            review=self.review if review is None else review,
            secrets=self.secrets if secrets is None else secrets,
            deleted=self.deleted if deleted is None else deleted,
        )
        if after == self:
            return self
        version = self.version + 1
        bounds = bounds_of_narrowing(
            scopes=(self.details.scopes, after.details.scopes),
            grants=(self.details.allowed_grants, after.details.allowed_grants),
            key_spaces=(self.review.key_space, after.review.key_space),
            ends_all=self.is_usable and not after.is_usable,
            version=version,
        )
        return replace(after, version=version, void_below=self.void_below.raised_to(bounds), updated_at=now)
