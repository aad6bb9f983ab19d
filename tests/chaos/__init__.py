"""The platform on three brokers, harmed in many ways while it is used, and every promise checked afterwards.

`python -m tests.chaos` (or `make test-chaos`) runs it; docs/chaos.md says what is done and what must hold.

    campaign.py       one run: load, fault after fault, rest; reading_back.py: all that is read back then
    test_chaos.py     a short one, for every run of the tests

    arena.py          the platform, and a handle to harm each part
    cable_box.py cables.py   what stands between the brokers, to be cut
    skewed/           a wrong clock for one process
    faults.py         what is done; boundaries.py: killed between two steps of a worker
    held_commit.py    a commit that takes a while
    rebuilds.py       a projection made anew

    crowd.py          everybody who uses it meanwhile
    administrator.py  takes permissions away and gives them back; bystander.py: whose permissions never change
    session.py        how they ask; history.py: what was answered; diary.py: what happened when
    prober.py         asks every process at the same moment; census.py: which there are
    withdrawn.py      what was refused once is asked for again for ever
    poison.py         records that must end as dead letters
    counting.py       effects that must happen once; replay.py: everything from the start; programs.py: starts both

    checks.py         the promises
    version_log.py    every version ever committed; rows.py: what stands there in the end
    topic_log.py      every record; groups.py: how far groups have come
"""
