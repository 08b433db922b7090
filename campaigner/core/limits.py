"""How often a door may be used, with Flask-Limiter on Redis or Valkey.

Wide per network, because a union hall, a factory or a congress sits behind one address; narrow per
mailbox, because a form must not mail a stranger again and again. When Redis is down the doors stay
open: the mail quota in PostgreSQL (`outbox`) still holds.
"""

from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

import structlog
from flask import request
from flask_limiter import Limiter
from limits import RateLimitItem
from limits import parse as _parse
from limits.errors import StorageError
from limits.storage import RedisStorage
from redis.exceptions import RedisError

from campaigner.core.breaker import breaker
from campaigner.core.crypto import keyring

log = structlog.get_logger()
parse = cache(_parse)  # the same few rates again and again
Use = tuple[str, str, str]  # scope, key, rate
# As the library counts a fixed window, of several at once: a new window ends when its time is over.
COUNT = """
local counted = {}
for at, key in ipairs(KEYS) do
  counted[at] = redis.call('INCRBY', key, 1)
  if counted[at] == 1 then redis.call('EXPIRE', key, ARGV[at]) end
end
return counted
"""


def network() -> str:
    """A keyed name for the visitor's network (its address, or the /64 of an IPv6 one), never the address itself."""
    try:
        address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - a value to hash, nothing listens here
    except ValueError:
        return "unknown"
    prefix = 64 if address.version == 6 else 32
    block = ip_network(f"{address}/{prefix}", strict=False)
    return keyring.fingerprint(str(block), "network")[:12].hex()


limiter = Limiter(key_func=network, default_limits=[], headers_enabled=False, swallow_errors=True)


def allowed(scope: str, key: str, *rates: str) -> bool:
    """Count one use of `scope` by `key` and say whether it stays within every rate ("6 per hour").

    Open when Redis cannot be asked.
    """
    return all(counted(*((scope, key, rate) for rate in rates)))


def counted(*uses: Use) -> list[bool]:
    """Count all of these, and say of each whether it stays within its rate. One question to Redis for all.

    Open when Redis cannot be asked.
    """
    if breaker.resting or not limiter.enabled:
        return [True] * len(uses)
    try:
        return _counted([(parse(rate), scope, key) for scope, key, rate in uses])
    except (StorageError, RedisError, OSError) as error:
        breaker.trip()
        log.warning("limits are open", reason=type(error).__name__)
        return [True] * len(uses)


def _counted(uses: list[tuple[RateLimitItem, str, str]]) -> list[bool]:
    store = limiter.storage
    if len(uses) < 2 or not isinstance(store, RedisStorage):
        return [limiter.limiter.hit(item, scope, key) for item, scope, key in uses]
    keys = [store.prefixed_key(item.key_for(scope, key)) for item, scope, key in uses]
    numbers = _script(store)(keys=keys, args=[item.get_expiry() for item, _scope, _key in uses])
    return [number <= item.amount for number, (item, _scope, _key) in zip(numbers, uses, strict=True)]


@cache
def _script(store: RedisStorage) -> Any:
    connection: Any = store.get_connection()
    return connection.register_script(COUNT)


def free(scope: str, key: str, rate: str) -> bool:
    """Whether one more use of `scope` by `key` would be allowed. Counts nothing; open when Redis cannot be asked."""
    if breaker.resting or not limiter.enabled:
        return True
    try:
        return limiter.limiter.test(parse(rate), scope, key)
    except (StorageError, RedisError, OSError) as error:
        breaker.trip()
        log.warning("limits are open", reason=type(error).__name__)
        return True


def forget(scope: str, key: str, *rates: str) -> None:
    """Start counting `scope` by `key` afresh: after a login that succeeded, earlier tries no longer count."""
    if breaker.resting or not limiter.enabled:
        return
    try:
        for rate in rates:
            limiter.limiter.clear(parse(rate), scope, key)
    except (StorageError, RedisError, OSError) as error:
        breaker.trip()
        log.warning("limits are open", reason=type(error).__name__)
