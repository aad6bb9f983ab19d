"""How any service runs: settings, log, HTTP, background work, health, metrics.

What a service does is none of this room's business; how tokens are judged is `grantstream.guard`'s, how events travel
`grantstream.events`', and its database is `grantstream.postgres`'.

    settings.py          the environment as one frozen object; a bad setting ends the process with code 2
    errors.py            what can go wrong in running a service

    app.py               `build_api`: FastAPI within what every request needs
    frame.py             correlation id, time, an answer whatever happens
    correlation.py       the correlation id
    limits.py            size of bodies, and time for them; reading one in plain ASGI
    dispatch.py          hot endpoints before the framework's router
    json_bodies.py       JSON read strictly
    problems.py          error answers (RFC 9457); another form is another `RenderProblem`
    failures.py          from exceptions to problems; guard_problems.py: those of the guard and the fence
    validation.py        where a request departs from its schema
    allowed_methods.py   405 with all methods
    offline_docs.py      `/docs` without a network
    answers.py           a whole answer from plain ASGI
    moments.py           times in answers
    bodies.py            request and response bodies in camelCase; documented.py: what OpenAPI says of other answers
    change.py            a change from order to answer: its transaction, its events, the wait
    in_force.py          that wait: until every process goes by the change; progress_answer.py renders it

    commands.py          the commands that every service has
    http_server.py       `run_http`: Granian with several workers
    worker.py            `run_worker`: relay and consumers in one process; health_server.py: its small server
    projected_rows.py    rows that decide about access, none older than the fence knows of
    serving.py           what an http process opens around its routes
    connected.py         database and place on the fence, opened; guarded_process.py: the latter from settings
    fence_logs.py        which logs of the fence the service ever read
    background.py        relay and consumer, with their checks and metrics: the worker role of every service
    rebuild_command.py   `rebuild`: a projection made anew
    projections_command.py  `projections`: what the service's group lost, and that it was made up for
    process.py           instance id, ending with the parent, signals; ports.py: is a port free; open_files.py: how many
    health.py            `/health/live`, `/health/ready`, and the checks
    probe.py             health as a command, for containers
    telemetry/           metrics
    logs.py              one JSON object a line; redaction.py: nothing secret in it

A service's `__main__` is `service_commands(...)`.

Its bootstrap module is the parts list. The http role has one function that makes the application of one worker process:

    def http_app(settings: TokenSettings) -> Api:
        @asynccontextmanager
        async def running(api: Api) -> AsyncIterator[None]:           # entered before the first request
            async with (
                opened_service_pool(settings, "http") as pool,
                on_the_fence(settings, pool, "http", EVENT_SCOPES) as (process, _),
                serving(api, settings, pool, process, migrations=..., projections=...) as (changes, recency),
            ):
                api.state.guard = process.guard                       # for guard.asgi.require(...)
                api.state.parts = Parts(...)                          # what use cases work with
                yield                                                 # serving; afterwards the fence is told goodbye

        return build_api(settings, title=..., description=..., running=running, routers=[...], failures={...})

and the worker role one that opens what its jobs need (see `worker.py`).
"""
