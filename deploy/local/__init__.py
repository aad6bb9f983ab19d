"""The embedded platform: everything Grantstream needs, on one machine, with neither Docker nor root.

`python -m deploy.local up|down|status|logs|service|demo` is the command line; `running_platform.Platform` is the same
for programs, and `EmbeddedPostgres` and `EmbeddedKafka` are its two servers for tests that need only those. What tests
need beyond that, such as clusters of brokers, is in tests/servers.

    running_platform.py   starts everything in order, and stops it in reverse
    start_checks.py       what is checked before: the issuer, the ports, the disk
    servers.py            PostgreSQL and Kafka: the embedded ones, or given ones
    server_access.py      both as their clients reach them: whether they answer, databases, topics
    postgres_server.py    the embedded PostgreSQL; postgres_user.py: who runs it, and where its data are
    kafka_broker.py       the embedded broker and its configuration
    kafka_programs.py kafka_jars.py   the broker's programs and the Java that runs them; the locked jars
    services.py           the three services as processes, the proxy before them, and their one-shot commands
    state_files.py        what a platform keeps: keys, clients, passwords, and what runs where
    settings.py           ports, folders, limits; errors.py: the errors

    processes.py          child processes that always end; process_record.py and exec_child.py ensure it
    readiness.py          waiting for a process to answer
    ports.py              free ports, and who uses a taken one
    steps.py              progress output

    lend.py               servers for another program's tests, until it closes its pipe
    demo.py               a demonstration of the main use; demo_client.py: its HTTP calls

No part of the product imports this package.
"""
