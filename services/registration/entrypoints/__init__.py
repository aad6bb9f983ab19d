"""How the outside reaches registration: `api/` by HTTP, `consumer.py` by Kafka;
`projections.py` declares the tables that are made of what comes from there.
"""
