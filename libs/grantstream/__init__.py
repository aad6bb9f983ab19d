"""What the services of Grantstream, and programs outside, have in common.

    contracts/  what services agree on: envelope, topics, events, scopes, claims
    kafka/      aiokafka made reliable: one producer, readers of topics, the topics of the register
    proof/      proof of possession: shows that a record's writer holds the key that its token is bound to
    fence/      the one-partition log: floors and void rules, proven freshness, waiting for all
    guard/      JWT, scopes and the access decision; adapters for ASGI and Kafka
    postgres/   pool, transactions, queries and migrations of a service's database; which of its failures pass
    events/     outbox, relay, guarded consumer, dead letters, the producer's token
    asyncapi/   the topics as an AsyncAPI document
    cli/        the command `grantstream`
    service/    how any service runs: settings, logs, metrics, health, problems, lifecycle
    testing/    the harness: a pytest plugin for programs that use the topics

Imports point inwards only: service -> events -> guard -> fence -> kafka, proof -> contracts. Beside these, events uses
postgres, which imports none of them.

The life of a change, for first-time readers (here of an application that gets fewer scopes):

    1. HTTP          service/app.py and service/frame.py take the request; services/registration/entrypoints/api/apps.py
    2. guard         guard/asgi.py and guard/guard.py judge the token: signature, claims, what the fence has made void
    3. use case      services/registration/use_cases/modify_app.py, services/registration/use_cases/app_change.py: who
                     may; services/registration/domain/app.py: rules
    4. outbox        service/change.py: state, event and fence record are one transaction; events/producing/outbox.py
    5. relay         events/relaying/relay.py, in the worker process, puts them on their topic and on the fence
    6. fence         fence/fence.py: every process reads the record; fence/rules.py: it applies from here on
    7. reached       fence/connection.py: each process says how far it has read; fence/instances.py: who is missing
    8. answer        service/in_force.py waited for 7: 200, or past a limit 202 with the address that names the late
    9. projection    events/consuming/consumer.py in the token service; services/token/projections.py
    10. token check  services/token/use_cases/client_directory.py and service/projected_rows.py use no row older than
                     the fence says; at any API, step 2 refuses what was issued before
"""
