"""How often a door may be used, with Flask-Limiter on Redis or Valkey.

Wide per network, because a union hall, a factory or a congress sits behind one address; narrow per
mailbox, because a form must not mail a stranger again and again. When Redis is down the doors stay
open: the mail quota in PostgreSQL (`outbox`) still holds.
"""

from ipaddress import ip_address, ip_network

import structlog
from flask import request
from flask_limiter import Limiter
from limits import parse
from limits.errors import StorageError
from redis.exceptions import RedisError

from campaigner.core.breaker import breaker
from campaigner.core.crypto import keyring

log = structlog.get_logger()


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
    if breaker.resting or not limiter.enabled:
        return True
    try:
        counted = [limiter.limiter.hit(parse(rate), scope, key) for rate in rates]
        return all(counted)
    except (StorageError, RedisError, OSError) as error:
        breaker.trip()
        log.warning("limits are open", reason=type(error).__name__)
        return True


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
