"""Which topics have one order for all their records."""

from grantstream.contracts.topics import APP_MODIFIED, DEAD_LETTER, FENCE, TOPICS, partition_of
from grantstream.events.topic_settings import wanted_topics


def test_records_of_the_fence_and_of_marks_stand_in_one_partition_and_others_where_their_key_says() -> None:
    assert [partition_of(topic.name) for topic in (FENCE, DEAD_LETTER, APP_MODIFIED)] == [0, 0, None]
    assert partition_of("somebody.elses") is None


def test_every_topic_that_is_made_with_one_partition_is_written_to_in_that_one() -> None:
    for settings in wanted_topics(1):
        assert (partition_of(settings.name) == 0) is (settings.partitions == 1), settings.name
    assert {topic.name for topic in TOPICS.values() if topic.partition == 0} == {FENCE.name, DEAD_LETTER.name}
