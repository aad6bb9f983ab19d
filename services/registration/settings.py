"""The settings of registration, in addition to those of every service."""

from typing import ClassVar

from pydantic import Field

from grantstream.service.settings import ServiceSettings


class RegistrationSettings(ServiceSettings):
    """The validated settings, read once at the start of a process."""

    service_name: ClassVar[str] = "registration"

    registration_most_active_secrets: int = Field(
        default=5, ge=1, le=50, description="How many secrets of an application may be active at a time."
    )
