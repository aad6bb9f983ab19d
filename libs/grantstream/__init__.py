"""What the services of Grantstream, and programs outside, have in common.

    contracts/  what services agree on: envelope, topics, events, scopes, claims
    fence/      the one-partition log: floors and void rules, proven freshness, waiting for all
    guard/      JWT, scopes and the access decision; adapters for ASGI and Kafka
    events/     outbox, relay, publisher, guarded consumer, dead letters
    service/    how any service runs: settings, logs, metrics, PostgreSQL, health, problems, lifecycle
    testing/    the harness as a pytest plugin

Imports point inwards only: service -> events -> guard -> fence -> contracts.
"""
