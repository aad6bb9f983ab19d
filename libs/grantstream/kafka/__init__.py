"""What the platform asks of Kafka beneath the fence and the events.

    asking.py             asks a broker, and waits for none that stands still
    topic_setting.py      what a setting of a topic is
    topic_description.py  which topics there are, with their ids and partitions
    agreed_topics.py      the same as the brokers know it together, however much one of them lags
    followed_topics.py    reading topics without a group, whatever happens to their partitions meanwhile
    standstill.py         whether a reader of topics gets on, and where it does not

A topic's id is the broker's: it stays the same for as long as the topic lives, and a topic that was deleted and created
anew has another one. aiokafka knows topics by their names alone, to which a log that was replaced looks like the old.
"""
