"""The errors of this package, beside aiokafka's KafkaError.

TopicFault
├── AppendTimeMissing    the broker does not set a topic's record times, so consumers refuse its records
├── TopicSilent          a topic acknowledges nothing in time, while others do
├── TopicsNotApplied     the broker refused to create or change a topic
└── TopicsUnreadable     a topic doesn't exist, or can't be read to its end
"""

from collections.abc import Sequence


class TopicFault(Exception):
    """Something is wrong with a topic, not with the broker. The text is safe for logs."""


class AppendTimeMissing(TopicFault):
    """The broker takes a topic's record times from their producer, so consumers refuse the records.

    The record counts as not acknowledged. It is sent again once the topic has the settings of the register.
    """

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic} is not dated by the broker: its message.timestamp.type must be LogAppendTime")


class TopicSilent(TopicFault):
    """A topic acknowledges nothing in time, while others do."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"{topic} acknowledges nothing while other topics do: are as many replicas in sync as its "
            "min.insync.replicas says?"
        )


class TopicsNotApplied(TopicFault):
    """The broker refused to create or change a topic."""


class TopicsUnreadable(TopicFault):
    """Topics can't be read to their ends."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(f"can't be read: {', '.join(topics)}")
