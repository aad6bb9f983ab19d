"""What several brokers know of topics is put together, and is not gone by while they disagree."""

import pytest
from aiokafka.errors import KafkaConnectionError, StaleMetadata, TopicAuthorizationFailedError

from grantstream.kafka.agreed_topics import combined, most_answers, partitions_of
from grantstream.kafka.topic_description import TopicDescription


def _topic(name: str, partitions: int, topic_id: str = "one") -> TopicDescription:
    return TopicDescription(name, topic_id, frozenset(range(partitions)))


def _answer(*topics: TopicDescription) -> dict[str, TopicDescription]:
    return {topic.name: topic for topic in topics}


def test_a_partition_that_one_broker_alone_knows_exists() -> None:
    answers = [_answer(_topic("a", 2), _topic("b", 1)), _answer(_topic("a", 3), _topic("b", 1))]
    found = combined(answers)
    assert found == combined(answers[::-1]) == _answer(_topic("a", 3), _topic("b", 1))
    assert [tuple(each) for each in partitions_of(found)] == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]


def test_a_recreated_topic_is_stale_until_all_brokers_agree() -> None:
    old, new = _answer(_topic("a", 6, "old")), _answer(_topic("a", 2, "new"))
    for answers in ([old, new], [new, old], [old, {}], [{}, new]):
        with pytest.raises(StaleMetadata):
            combined(answers)
    assert combined([new, new]) == new


def test_a_topic_that_no_broker_knows_does_not_exist() -> None:
    assert combined([{}, {}]) == {}


@pytest.mark.parametrize("missing", [TimeoutError(), KafkaConnectionError()])
def test_most_brokers_must_answer(missing: Exception) -> None:
    given = _answer(_topic("a", 2))
    assert most_answers([given, missing, given]) == [given, given]
    for too_few in ([given, missing], [missing, given, missing], [missing], []):
        with pytest.raises(KafkaConnectionError):
            most_answers(too_few)


def test_a_refusal_that_asking_again_cannot_help_is_raised() -> None:
    given = _answer(_topic("a", 2))
    with pytest.raises(TopicAuthorizationFailedError):
        most_answers([given, TimeoutError(), TopicAuthorizationFailedError(), given, given])
