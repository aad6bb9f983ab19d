"""The fence: one topic with one partition that makes a change effective everywhere before it is answered.

Every process of every service reads it, without a consumer group, and reports on it how far it has read
(`fence.reached`). One partition has one order, which guarantees:

- Freshness is proven: a process has seen all that was appended before it sent the last `fence.reached` that it has
  read back itself. If that is older than `max_staleness`, it refuses.
- No process is missed: a process serves only once it has read back its first `fence.reached`; a process that appends a
  change later reads that record before the change, and waits for the other.
- An answered change is in force: the answer goes out when every live instance has reached the offset of the change.

    rules.py           floors of versions and what is void since when, kept as long as a token can live
                       rule_table.py keeps the numbers, and knows which are old
    freshness.py       the proof of being current, by the clock of this machine, and the check of that clock
    instances.py       which instances are alive, how far each has read, and which an answer must wait for
    core.py            these three together: a state machine without I/O or clock
    participant.py     when a process may report and decide: the order of reading, reporting, serving and leaving
    deferred_reports.py  others' reports, judged only when needed, and only the newest of each instance
    known_log.py       which log a process reads, from which offset, how far back it knows it; whether it is replaced
    fence.py           a participant on a real topic: it reads, reports and waits
    connection.py      its Kafka clients, and how it sends `fence.reached`
    records.py         the topic's records, raw and judged
    view.py            the part of the fence that a guard needs
    rows.py            waits for a projection row that is older than the fence's floor
    settings.py        limits and pauses

The fence verifies no tokens: a function passed in judges whether a record may be believed. It needs no database.
"""

from grantstream.fence.core import ChangeStatus, FenceCore, Identity
from grantstream.fence.fence import Fence
from grantstream.fence.instances import Pending
from grantstream.fence.records import FenceRecord, JudgeRecord, RawRecord
from grantstream.fence.rows import RowBelowFloor, await_row
from grantstream.fence.rules import RuleBook
from grantstream.fence.settings import FenceSettings
from grantstream.fence.view import FenceView
from grantstream.proof.credential import CredentialSource

__all__ = [
    "ChangeStatus",
    "CredentialSource",
    "Fence",
    "FenceCore",
    "FenceRecord",
    "FenceSettings",
    "FenceView",
    "Identity",
    "JudgeRecord",
    "Pending",
    "RawRecord",
    "RowBelowFloor",
    "RuleBook",
    "await_row",
]
