"""The command `grantstream`: looks into a platform, and mends it.

    app.py        all commands, and how an error becomes one sentence; `python -m grantstream.cli` runs it
    target.py     which platform: its platform.json, or the environment; errors.py what a command says when it can't
    output.py     tables, lines and JSON; progress.py how far something is
    topics.py     topics apply|check
    events.py     events tail|publish: tail.py shows records and whether they are believed, publish.py writes one
    dead.py       dead list|show|redrive
    rebuild.py    rebuild <service> <projection>
    audit.py      audit <app_id>
    lag.py        lag: group_lag.py of consumer groups, outboxes.py of what waits to be published
    doctor/       doctor: what is wrong, one sentence each; losses.py what groups may have lost
    observed.py   a guard for commands, which writes nothing
    records.py    records of topics from a place in the past

A command only talks to a person; what it does is done by `grantstream.events`, or by a service's own command.
"""
