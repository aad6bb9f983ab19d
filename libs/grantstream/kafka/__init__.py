"""aiokafka made reliable, below the fence and the events: its quirks live here only.

    record_window.py      the one producer: sends a window of records, and tells what became of each
                          blocked_topics.py: topics that hold up others; producer_end.py: ends it without waiting
    groupless_consumer.py a consumer without a group; forgiving_records.py: no record can end any consumer
    topic_reading.py      reads topics strictly from their starts, or an earlier place, to their ends
    followed_topics.py    reads topics without an end, whatever happens to their partitions meanwhile
    source_records.py     reads single records again where they stand
    log_bounds.py         a partition's log: topic id, beginning, end
    standstill.py         whether a reader of topics makes progress, and where it does not
    topic_admin.py        creates and checks the topics of the register, with the settings of topic_settings.py
    topics_apply.py       that as a command: `python -m grantstream.kafka.topics_apply`

    starting.py           starts clients, which leave no connection open if they are cancelled
    closing.py            closes a client without waiting for a hanging broker
    retry_pause.py        pauses between retries; for all layers above, too
    errors.py             the errors of this package
    asking.py             asks brokers, and skips one that hangs
    topic_setting.py      one setting of a topic
    topic_description.py  which topics exist, with their ids and partitions
    agreed_topics.py      the same, agreed between the brokers, even if one of them lags

The broker gives a topic its id: it stays the same as long as the topic exists, and a topic that was deleted and created
again has another one. aiokafka knows topics only by name, so it can't distinguish a replaced log from the old one.
"""
