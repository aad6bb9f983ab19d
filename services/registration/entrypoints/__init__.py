"""How the outside reaches registration: `api/` by HTTP, `consumer.py` by Kafka."""
