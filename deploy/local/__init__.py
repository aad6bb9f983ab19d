"""The embedded platform: everything Grantstream needs, on one machine, with neither Docker nor root.

`python -m deploy.local up|down|status|logs|service` is the command line; `running_platform.Platform` is the same for
programs, and `EmbeddedPostgres` and `EmbeddedKafka` are its two servers for tests that want no more than those.

    settings.py           ports, folders, limits; errors.py: what goes wrong
    running_platform.py   everything started in order, and stopped in reverse
    wanted_ports.py kept_issuer.py   what must be so before anything starts
    platform_file.py      what runs where, for programs
    servers.py            PostgreSQL and Kafka: the embedded ones, or those that were given
    postgres_server.py postgres_databases.py postgres_user.py
    kafka_broker.py kafka_config.py kafka_jars.py kafka_programs.py kafka_classes.py java.py
    kafka_cluster.py      several brokers, each of which a test can take away; kafka_members.py: who is alive, who leads
    topics.py             made from their register
    services.py           the three services as processes; commands.py: those that run to their end
    lend.py               servers for another program's tests, until that closes its pipe
    generated.py          keys, system clients and passwords, made once; the one file that imports a service
    proxy.py              one base URL for all
    processes.py          children that always end; process_record.py and exec_child.py see to it
    readiness.py health.py   waiting for a process to answer
    ports.py file_lock.py in_thread.py   small things of the machine
    steps.py              what a person sees; demo.py and demo_client.py: the main job, aloud

Nothing of the product imports this package.
"""
