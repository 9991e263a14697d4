"""The queue of faults: what to do wrong, to which requests, how often."""

import threading
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase

from gate import Gate

OPTIONS = {
    "latency": {"ms": int},
    "gate": {"carried_out": bool},
    "status": {"status": int, "headers": dict, "body": (str, dict, list), "content_type": str},
    "silence": {}, "cut_before": {}, "cut_after": {}, "cut_body": {},
    "slow_body": {"ms": int, "chunk": int},
    "endless_body": {}, "endless_headers": {}, "endless_extension": {}, "many_headers": {}, "garbage": {},
    "repeat": {"before": str, "part": str, "after": str, "size": int, "status": int, "content_type": str},
    "html": {"status": int}, "empty": {"status": int}, "truncated": {},
    "wrong_type": {"content_type": str, "body": str},
    "redirect": {"location": str, "status": int},
    "nul": {}, "invalid_utf8": {}, "deep": {}, "huge_number": {}, "id_as_number": {}, "gzip_bomb": {},
    "rate_limit": {"retry_after": (int, str), "reason": str, "reset": int, "headers": dict},
    "recoded": {"charset": str, "label": str, "mark": bool, "content_encoding": str},
    "close_idle": {},
}
REQUIRED = {"latency": ("ms",), "status": ("status",), "redirect": ("location",), "repeat": ("part", "size")}
COMMON = {"method": str, "path": str, "query": str, "skip": int, "times": int, "kind": str}


@dataclass
class Fault:
    kind: str
    method: str | None = None
    path: str | None = None
    query: str | None = None
    skip: int = 0
    times: int | None = None        # None: for ever
    options: dict = field(default_factory=dict)

    def fits(self, method, path, query):
        return (self.method in (None, method) and (self.path is None or fnmatchcase(path, self.path))
                and (self.query is None or any(fnmatchcase("=".join(pair), self.query) for pair in query)))


def read_fault(given):
    """A fault from JSON; ValueError says what is wrong with it."""
    if not isinstance(given, dict) or given.get("kind") not in OPTIONS:
        raise ValueError(f"kind must be one of {', '.join(sorted(OPTIONS))}")
    allowed = COMMON | OPTIONS[given["kind"]]
    for name, value in given.items():
        if name not in allowed:
            raise ValueError(f"{given['kind']} has no option {name}")
        if value is not None and not isinstance(value, allowed[name]):
            raise ValueError(f"{name} has the wrong type")
    missing = [name for name in REQUIRED.get(given["kind"], ()) if given.get(name) is None]
    if missing:
        raise ValueError(f"{given['kind']} needs {', '.join(missing)}")
    options = {name: value for name, value in given.items() if name not in COMMON}
    return Fault(given["kind"], given.get("method"), given.get("path"), given.get("query"), given.get("skip") or 0, given.get("times"),
                 options)


class Faults:
    def __init__(self):
        self._queue = []
        self._lock = threading.Lock()
        self.gate = Gate()      # of all faults of that kind

    def add(self, fault):
        with self._lock:
            self._queue.append(fault)

    def clear(self):
        with self._lock:
            self._queue = []

    def open_gate(self):
        """Lets go on whoever waits, and holds no other request."""
        with self._lock:
            self._queue = [fault for fault in self._queue if fault.kind != "gate"]
            self.gate.open()
            self.gate = Gate()

    def listed(self):
        with self._lock:
            return [{name: value for name, value in asdict(fault).items() if name != "options"} | fault.options
                    for fault in self._queue]

    def take(self, method, path, query=()):
        """The first fault that fits, counted down; the request that it skips passes on to the next."""
        with self._lock:
            for fault in self._queue:
                if not fault.fits(method, path, query):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                self._count_down(fault)
                return fault
        return None

    def _count_down(self, fault):
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self._queue.remove(fault)
