"""Where requests wait until the test lets them go on."""

import threading


class Gate:
    def __init__(self):
        self._opened = threading.Event()
        self._lock = threading.Lock()
        self.waiting = 0

    def hold(self, wire):
        """Until the gate is opened; a client that leaves waits no more."""
        self._count(1)
        try:
            wire.wait_for(self._opened)
        finally:
            self._count(-1)

    def open(self):
        """For good: a gate is closed anew by making another."""
        self._opened.set()

    def _count(self, change):
        with self._lock:
            self.waiting += change
