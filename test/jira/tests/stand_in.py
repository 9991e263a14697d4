"""A stand-in inside the test's own process, and a client for it."""

import base64
import contextlib
import http.client
import json
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from command_line import make_server, read_arguments  # noqa: E402 - the path comes first

LONGEST = 60        # seconds that a test waits for anything
CREDENTIALS = {"cloud": "demo@example.com:demo-token", "server": "demo:demo-password"}


def wait_until(condition):
    limit = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError(f"not within {LONGEST} seconds")
        time.sleep(0.005)


class Client:
    def __init__(self, port, credential, context=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        self.headers = {"Authorization": "Basic " + base64.b64encode(credential.encode()).decode()}
        self.context = context

    def send(self, method, path, body=None, headers=None, **query):
        """The response as it came, for those who look at more than status and JSON."""
        target = self.context + path + ("?" + urlencode(query, doseq=True) if query else "")
        given = {**self.headers, **(headers or {})}
        if body is not None:
            given.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        self.connection.request(method, target, body, {name: value for name, value in given.items() if value})
        response = self.connection.getresponse()
        return response, response.read()

    def call(self, method, path, body=None, headers=None, **query):
        response, content = self.send(method, path, body, headers, **query)
        return response.status, json.loads(content) if content else None

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def post(self, path, body, **query):
        return self.call("POST", path, body, **query)

    def close(self):
        self.connection.close()


@contextlib.contextmanager
def running(deployment="cloud", *arguments):
    """Yields a client that is signed in."""
    options = read_arguments(["--deployment", deployment, *arguments])
    server = make_server(options)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    client = Client(server.server_port, CREDENTIALS[deployment], server.application.site.context)
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        server.server_close()
