"""What operators do to topics, as a tool for tests, and a program that shows what the platform makes of each deed.

`python -m tests.deeds` does one deed after another to a running platform and prints a row for each; docs/topics.md says
what must follow.

    topic_operator.py  one method a deed, on any broker
    own_broker.py      a broker whose data can be lost, and which deletes old records within a second

    catalogue.py       the deeds that are measured, each with how it is undone
    ground.py          the platform that they are done to
    users.py           what users do meanwhile, and what must never be taken again
    course.py          a deed from its preparation to its healing
    verdict.py         what became of it: goes on, refuses and heals, refuses until a command, or the fourth
    report.py          how it is printed
"""
