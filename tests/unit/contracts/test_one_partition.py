"""Which topics have one order for all their records."""

from grantstream.contracts.topics import APP_MODIFIED, FENCE, TOPICS, partition_of
from grantstream.kafka.topic_settings import wanted_topics


def test_only_fence_and_dead_letter_topics_fix_partition_0() -> None:
    assert [partition_of(topic.name) for topic in (FENCE, APP_MODIFIED)] == [0, None]
    assert partition_of("somebody.elses") is None


def test_single_partition_topics_are_written_to_partition_0() -> None:
    for settings in wanted_topics(1):
        assert (partition_of(settings.name) == 0) is (settings.partitions == 1), settings.name
    assert {topic.name for topic in TOPICS.values() if topic.partition == 0} == {FENCE.name}
