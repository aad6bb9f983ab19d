"""How any service runs: settings, log, HTTP, background work, health, metrics.

What a service does is outside this package; how tokens are judged is `grantstream.guard`'s, how events travel
`grantstream.events`', and its database is `grantstream.postgres`'.

    settings.py          the environment as one frozen object; a bad setting ends the process with code 2
    errors.py            what can go wrong in running a service

    app.py               `build_api`: FastAPI inside the layers that every request passes
    frame.py             correlation id, time, and an answer to every error
    correlation.py       the correlation id
    limits.py            limits on the size and the time of request bodies; reading one in plain ASGI
    dispatch.py          hot endpoints before the framework's router
    json_bodies.py       strict reading of JSON
    problems.py          error answers (RFC 9457); another form is another `RenderProblem`
    failures.py          maps exceptions to problems; guard_problems.py: those of the guard and the fence
    validation.py        the violations of a request's schema
    allowed_methods.py   405 with all methods
    offline_docs.py      `/docs` without a network
    answers.py           sends a whole answer from plain ASGI
    request_parts.py     the caller, ids and versions, as routes read them
    bodies.py            request and response bodies; documented.py: other answers in OpenAPI
    change.py            a change: its transaction, its events, the wait
    in_force.py          that wait: until every process uses the change; progress_answer.py renders the progress

    service_tables.py    migrations, projections, own aggregates and effects of a service
    commands.py          the commands that every service has
    http_server.py       `run_http`: Granian with several workers
    worker.py            `run_worker`: relay and consumers in one process; health_server.py: its small server
    projected_rows.py    reads projected rows for access decisions, none older than the fence's version
    serving.py           what an http process opens around its routes
    connected.py         opens the database and the fence; guarded_process.py: the latter from settings
    fence_logs.py        the logs of the fence that the service ever read
    background.py        relay and consumer, with their checks and metrics: the worker role of every service
    rebuild_command.py   `rebuild`: rebuilds a projection
    republish_command.py `republish`: publishes newest states of the service's own aggregates again
    projections_command.py  `projections`: lists and accepts the losses of the service's group
    dead_command.py      `dead`: lists and redrives the dead letters of the service's group
    observing.py         what these commands work with: fewer settings, and a guard that only observes
    process.py           instance id, end with the parent, signals; ports.py: free ports; open_files.py: file limits
    health.py            `/health/live`, `/health/ready`, and the checks
    probe.py             health as a command, for containers
    telemetry/           metrics
    logs.py              one JSON object a line; redaction.py removes secrets

A service's `__main__` is `service_commands(...)`.

Its bootstrap module assembles the parts. For the http role, one function makes the application of a worker process:

    def http_app(settings: ReceiptsSettings) -> Api:
        @asynccontextmanager
        async def running(api: Api) -> AsyncIterator[None]:           # entered before the first request
            async with (
                connected(settings, "http", EVENT_SCOPES) as (pool, process, _),
                serving(api, settings, TABLES, pool, process) as (changes, rows),
            ):
                api.state.guard = process.guard                       # for guard.asgi.require(...)
                api.state.parts = Parts(...)                          # the parts of use cases
                yield                                                 # serving; then the process leaves the fence

        return build_api(settings, title=..., description=..., running=running, routers=[...], failures={...})

For the worker role, one function opens what its jobs need (see `worker.py`).
"""
