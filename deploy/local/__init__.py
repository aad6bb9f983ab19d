"""The embedded platform: everything Grantstream needs, on one machine, with neither Docker nor root.

`python -m deploy.local up|down|status|logs` is the command line; `running_platform.Platform` is the same for
programs, and `EmbeddedPostgres` and `EmbeddedKafka` are its two servers for tests that want no more than those.

One idea a file: `settings` (ports, folders, limits), `processes` with `process_record` and `exec_child` (children that
always end), `postgres_*`, `kafka_*`, `java`, `proxy`, `services`, `generated` (keys and system clients),
`platform_file` (what runs where) and `steps` (what a person sees). Nothing of the product imports this package.
"""
