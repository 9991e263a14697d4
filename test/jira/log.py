"""What was received, for tests to look at."""

import json
import threading
import time

LONGEST_BODY = 1024 * 1024


class Log:
    def __init__(self, file=None):
        self._entries = []
        self._count = 0
        self._lock = threading.Lock()
        self._file = file

    def received(self, request):
        """Entered at once, with the status still open, so that a request that never gets an answer shows too."""
        with self._lock:
            self._count += 1
            entry = {"number": self._count, "time": time.time(), "method": request.method, "path": request.path,
                     "query": [list(pair) for pair in request.query], "headers": request.headers,
                     "body": request.body[:LONGEST_BODY].decode("utf-8", "replace"), "status": None, "sent": 0,
                     "points": 0, "user": None, "connection": request.connection}
            self._entries.append(entry)
        return entry

    def finished(self, entry):
        if self._file:
            with self._lock:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()

    def entries(self, prefix=""):
        with self._lock:
            return [entry for entry in self._entries if prefix in ("", entry["path"][:len(prefix)])]

    def clear(self):
        with self._lock:
            self._entries = []
