"""`grantstream doctor`: finds what is wrong with a platform and says it, one sentence each.

    command.py    the command: runs all examinations and prints what they found
    finding.py    what an examination finds, and the register of examinations' names
    brokers.py    Kafka: does it answer, is every partition led and copied, are the topics as they must be
    databases.py  PostgreSQL: does each answer, does its outbox empty itself, has its group lost anything
    processes.py  each role of each service: does it answer, and is it ready
    issuer.py     the token service's keys and its name; this machine's clock
    on_fence.py   who speaks on the fence, and what stands there that nobody believes
    groups.py     consumer groups: do they follow
    letters.py    dead letters that nobody has seen to

An examination raises nothing: what it can't learn is a finding, too.
"""

from grantstream.cli.doctor.command import doctor

__all__ = ["doctor"]
