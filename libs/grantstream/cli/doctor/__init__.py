"""`grantstream doctor`: finds what is wrong with a platform, and prints one sentence for each fault.

    command.py    the command: runs all examinations and prints their findings
    finding.py    the result of an examination
    brokers.py    Kafka: does it answer, does every partition have a leader and its copies, are the topics correct
    databases.py  PostgreSQL: does each answer, does its outbox empty itself, has its group lost changes
    processes.py  each role of each service: does it answer, and is it ready
    issuer.py     the token service's keys and its name; this machine's clock
    on_fence.py   which instances report on the fence, and which of its records are not believed
    groups.py     consumer groups: do they make progress
    letters.py    open dead letters

An examination raises no error: what it can't learn is a finding, too.
"""

from grantstream.cli.doctor.command import doctor

__all__ = ["doctor"]
