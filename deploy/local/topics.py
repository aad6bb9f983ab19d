"""Creates the platform's topics from their register."""

from deploy.local.in_thread import run_in_thread


def create_topics(bootstrap_servers: str) -> list[str]:
    """Create every topic that doesn't exist yet and return the names of the new ones."""
    # Here, not at the top: a test that needs only a broker needs none of the product's message code.
    from grantstream.kafka.topic_admin import apply_topics

    return run_in_thread(apply_topics(bootstrap_servers))
