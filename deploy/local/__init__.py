"""The embedded platform: everything Grantstream needs, on one machine, with neither Docker nor root.

`python -m deploy.local up|down|status|logs|service` is the command line; `running_platform.Platform` is the same for
programs, and `EmbeddedPostgres` and `EmbeddedKafka` are its two servers for tests that need only those.

    settings.py           ports, folders, limits; errors.py: the errors
    running_platform.py   starts everything in order, and stops it in reverse
    start_checks.py       before anything starts: issuer, ports, disk
    servers.py            PostgreSQL and Kafka: the embedded ones, or given ones
    server_access.py      both as their clients reach them: databases, topics
    postgres_server.py postgres_user.py
    kafka_broker.py kafka_jars.py kafka_programs.py
    services.py           the three services as processes; commands.py: their one-shot commands
    lend.py               servers for another program's tests, until it closes its pipe
    state_files.py        what a platform keeps: keys, clients, passwords, and what runs where
    proxy.py              one base URL for all
    processes.py          child processes that always end; process_record.py and exec_child.py ensure it
    readiness.py          waiting for a process to answer
    ports.py              free ports, and who uses a taken one
    steps.py              progress output; demo.py and demo_client.py: a demonstration of the main use

No part of the product imports this package.
"""
