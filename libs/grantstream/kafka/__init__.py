"""Kafka requests and readers below the fence and the events.

    starting.py           starts clients, which leave no connection open if they are cancelled
    asking.py             asks brokers, and skips one that hangs
    topic_setting.py      one setting of a topic
    topic_description.py  which topics exist, with their ids and partitions
    agreed_topics.py      the same, agreed between the brokers, even if one of them lags
    followed_topics.py    reads topics without a group, whatever happens to their partitions meanwhile
    standstill.py         whether a reader of topics makes progress, and where it does not

The broker gives a topic its id: it stays the same as long as the topic exists, and a topic that was deleted and created
again has another one. aiokafka knows topics only by name, so it can't distinguish a replaced log from the old one.
"""
