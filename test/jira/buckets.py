"""Token buckets: so many requests at once, and so many a second from then on.

On Cloud each endpoint and method has a bucket that all callers of the site share; on Server each user has one.
"""

import math
import threading
import time
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase

import errors
import reply
import shape

NEAR = 0.2          # of the burst: what is left is little
RULE = shape.Members({"method": shape.TEXT, "path": shape.TEXT, "burst": shape.INTEGER, "per_second": shape.NUMBER},
                     required=("burst", "per_second"))
Rule = namedtuple("Rule", "method path burst per_second")


class Buckets:
    def __init__(self):
        self._rules = []
        self._filled = {}       # (rule, place, user): (tokens, when)
        self._lock = threading.Lock()

    def add(self, given):
        RULE.check(given)
        if given["burst"] < 1 or given["per_second"] <= 0:
            raise ValueError("burst and per_second must be positive")
        with self._lock:
            self._rules.append(Rule(given.get("method"), given.get("path"), given["burst"], given["per_second"]))

    def clear(self):
        with self._lock:
            self._rules, self._filled = [], {}

    def listed(self):
        with self._lock:
            return [rule._asdict() for rule in self._rules]

    def take(self, site, method, path, place, user):
        """Headers for the reply to a request that may go on; raises 429 for one that may not."""
        with self._lock:
            rule = next((one for one in self._rules if one.method in (None, method)
                         and (one.path is None or fnmatchcase(path, one.path))), None)
            if rule is None:
                return {}
            left = self._take(rule, (rule, method, place, None if site.cloud else user))
        headers = _cloud(rule, left) if site.cloud else _server(rule, left)
        if left < 0:
            raise errors.too_many_requests(headers)
        return headers

    def _take(self, rule, bucket):
        """What is left; when there is no whole token, what is missing of one as a negative number."""
        at = time.monotonic()
        tokens, filled = self._filled.get(bucket, (rule.burst, at))
        tokens = min(rule.burst, tokens + (at - filled) * rule.per_second)
        enough = tokens >= 1
        self._filled[bucket] = (tokens - 1 if enough else tokens, at)
        return tokens - 1


def _cloud(rule, left):
    """Seconds and a moment only with the refusal."""
    headers = {"X-RateLimit-Limit": str(rule.burst), "X-RateLimit-Remaining": str(max(int(left), 0))}
    if left < rule.burst * NEAR:
        headers["X-RateLimit-NearLimit"] = "true"
    if left < 0:
        wait = math.ceil(-left / rule.per_second)
        reset = datetime.now(timezone.utc) + timedelta(seconds=wait)
        headers |= {"Retry-After": str(wait), "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%MZ"),
                    "RateLimit-Reason": "jira-burst-based"}
    return headers


def _server(rule, left):
    """The seconds are 0 as long as there are tokens."""
    return {"X-RateLimit-Limit": str(rule.burst), "X-RateLimit-Remaining": str(max(int(left), 0)),
            "X-RateLimit-FillRate": f"{rule.per_second:g}", "X-RateLimit-Interval-Seconds": "1",
            "Retry-After": str(math.ceil(-left / rule.per_second) if left < 0 else 0)}


def _listed(application, query, body):
    return reply.ok(application.buckets.listed())


def _add(application, query, body):
    application.buckets.add(body)
    return reply.created(body)


def _clear(application, query, body):
    application.buckets.clear()
    return reply.no_content()


OPERATIONS = {("GET", "buckets"): _listed, ("POST", "buckets"): _add, ("DELETE", "buckets"): _clear}
