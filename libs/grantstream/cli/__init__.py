"""The command `grantstream`: inspects and repairs a platform.

    app.py        all commands, and how an error becomes one sentence; `python -m grantstream.cli` runs it
    target.py     which platform: its platform.json, or the environment; errors.py the error of a command
    output.py     tables, lines and JSON; progress.py a progress bar
    topics.py     topics apply|check
    tail.py       events tail: prints records, and whether they are believed; publish.py  events publish: writes one
    dead.py       dead list|show|redrive|dismiss|copies
    rebuild.py    rebuild <service> <projection>; republish.py  republish <service> ...
                  service_command.py runs a service's own command
    audit.py      audit <app_id>
    lag.py        lag: group_lag.py of consumer groups, outboxes.py of unpublished events
    doctor/       doctor: what is wrong, one sentence each; losses.py what groups may have lost
    observed.py   a guard for commands, which writes nothing
    records.py    records of topics from a time in the past

A command only handles input and output; `grantstream.events`, or a service's own command, does the work.
"""
