"""Whether the doorbell is there. Celery alone speaks to it in earnest; this only knocks."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 0.3  # seconds; a broker that hangs must not hold up who asks


def answers(url: str) -> bool:
    """Whether the broker at `url` (Celery's form, sockets included) answers a ping within half a second or so."""
    address = url.replace("redis+socket://", "unix://", 1)
    client = redis.Redis.from_url(
        address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
