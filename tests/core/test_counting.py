"""Several limits in one question to Redis: the same counters as one by one, open when nobody answers."""

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from campaigner.core import limits
from campaigner.core.queue import bell

pytestmark = pytest.mark.usefixtures("app")
TWO, ONE = ("door", "a", "2 per hour"), ("door", "b", "1 per hour")


def test_each_of_several_has_its_own_counter():
    assert [limits.counted(TWO, ONE) for _ in range(3)] == [[True, True], [True, False], [False, False]]


def test_asked_together_or_alone_it_is_the_same_counter():
    limits.counted(TWO, ONE)

    assert limits.free(*TWO)
    assert not limits.free(*ONE)
    assert limits.allowed(*TWO)
    assert not limits.allowed(*TWO)
    assert limits.counted(TWO, ONE) == [False, False]


def test_every_counter_ends_with_its_window():
    limits.counted(TWO, ONE, ("door", "c", "1 per minute"))
    redis = Redis.from_url(bell.url)
    ends = sorted(redis.ttl(key) for key in redis.scan_iter("*door*"))

    assert len(ends) == 3
    assert 0 < ends[0] <= 60
    assert 60 < ends[1] <= ends[2] <= 3600


def test_counters_that_cannot_be_asked_are_open(monkeypatch):
    def away(_store):
        raise RedisConnectionError

    monkeypatch.setattr(limits, "_script", away)

    assert limits.counted(TWO, ONE) == [True, True]
