"""The CAPTCHA that an account has to solve in a browser after too many refused sign-ins in a row."""

import threading
from collections import Counter


class Captcha:
    def __init__(self):
        self.limit = None       # None: never
        self._failures = Counter()
        self._lock = threading.Lock()

    def locks(self, account):
        with self._lock:
            return self.limit is not None and self._failures[account] >= self.limit

    def refused(self, account):
        with self._lock:
            self._failures[account] += 1

    def accepted(self, account):
        with self._lock:
            self._failures[account] = 0

    def solve(self):
        with self._lock:
            self._failures.clear()

    def failures(self):
        with self._lock:
            return {account: count for account, count in self._failures.items() if count}
