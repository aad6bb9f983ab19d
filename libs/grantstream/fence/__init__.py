"""The fence: one topic with one partition that makes a change effective everywhere before it is answered.

Every process of every service reads it, without a consumer group, and says on it how far it has come. One
partition has one order, and three promises follow from it:

- Freshness is proven: a process has seen all that was appended before it sent the last `fence.reached` that it has
  read back itself. Older than `max_staleness`: it refuses.
- Nobody slips in: a process serves only once it has read back its first `fence.reached`; whoever appends a change
  later reads that record before the change, and waits for the process.
- An answer is a promise: it goes out when every live instance has reached the offset of the change.

    rules.py           floors of versions and what is void, kept as long as a token can live
                       rule_table.py keeps the numbers, in columns.py's memory, rule_ages.py knows which are old,
                       told_bounds.py what was void when
    freshness.py       the proof of being current, and the check of the own clock
    instances.py       who is alive, how far each has come, whom an answer must wait for
    core.py            these three together: a state machine without I/O or clock
    participant.py     what a process may say and decide when: the core's part in the order of reading and speaking
    pace.py            how often a process looks at the log while much is going on
    put_aside.py       others' words are judged once somebody asks who has come how far, and of each only the newest
    known_log.py       which log that is, how far back it is known, whether it is still the topic's
    place.py           where in the log a process reads on
    fence.py           a participant on a real topic: reading, saying "reached", waiting
    connection.py      the Kafka clients that it reads and writes with
    closing.py         closing a client without waiting for a broker that stands still
    groupless_consumer.py, forgiving_records.py   what aiokafka's consumer needs before it can be relied on
    announcement.py    how `fence.reached` goes on the wire
    records.py         what stands on the topic: as it comes, and as it is believed
    retry_pause.py     how long to wait until something is tried again; for all layers above, too
    clocks.py          what a process dates its own doings with
    view.py            what a guard needs of all this
    rows.py            waiting for a projection row that the fence says is on its way
    settings.py        limits and pauses
    credential_source.py  what a process needs to be allowed to write

The fence knows nothing of tokens' cryptography: whether a record may be believed is told by a function that is
handed in. It needs no database.
"""

from grantstream.fence.core import ChangeStatus, FenceCore, Identity
from grantstream.fence.credential_source import CredentialSource
from grantstream.fence.fence import Fence
from grantstream.fence.instances import Pending
from grantstream.fence.records import FenceRecord, JudgeRecord, RawRecord
from grantstream.fence.rows import RowBelowFloor, await_row
from grantstream.fence.rules import RuleBook
from grantstream.fence.settings import FenceSettings
from grantstream.fence.view import FenceView

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
