"""The counter of a program that counts nothing."""


def uncounted(*_told: object) -> None:
    """Forgets what it is told."""
