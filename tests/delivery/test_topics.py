from delivery import topics


def test_topics_that_are_read_together_are_cut_alike() -> None:
    together = [
        topics.REQUESTS,
        topics.EVENTS,
        topics.ATTEMPTS,
        topics.DECISIONS,
        topics.CALLS,
        topics.TRACKING_CHANGELOG,
        topics.DECIDING_CHANGELOG,
    ]
    assert {topic.partitions for topic in together} == {topics.PARTITIONS}


def test_nothing_that_is_history_is_ever_dropped_or_rewritten() -> None:
    for topic in (topics.REQUESTS, topics.EVENTS, topics.ATTEMPTS, topics.DECISIONS, topics.UNPARSED):
        assert topic.config["cleanup.policy"] == "delete"
        assert topic.config["retention.ms"] == topic.config["retention.bytes"] == "-1"


def test_changelogs_are_compacted_alone() -> None:
    for topic in (topics.TRACKING_CHANGELOG, topics.DECIDING_CHANGELOG):
        assert topic.config["cleanup.policy"] == "compact"
