"""Requests that wait until the test lets them go on."""

import json
import socket
import unittest

import stand_in
from oauth_app import App
from stand_in import running, wait_until

ISSUE = "/rest/api/2/issue/OPS-1"
COMMENT = {"body": "x"}


class Gate(unittest.TestCase):
    def setUp(self):
        self.control = self.enterContext(running())

    def close_gate(self, **options):
        status, body = self.control.post("/_control/faults", {"kind": "gate", **options})
        self.assertEqual(status, 201, body)

    def open_gate(self):
        self.assertEqual(self.control.call("DELETE", "/_control/gate"), (204, None))

    def await_at_gate(self, expected):
        wait_until(lambda: self.control.get("/_control/gate")[1]["waiting"] == expected)

    def begin(self, method, path, body=None, headers=None):
        """A request whose response is asked of the connection that is returned."""
        client = stand_in.Client(self.control.connection.port, stand_in.CREDENTIALS["cloud"])
        self.addCleanup(client.close)
        given = client.headers if headers is None else headers
        client.connection.request(method, path, body and json.dumps(body),
                                  {**given, "Content-Type": "application/json"})
        return client.connection

    def comments(self):
        return self.control.get("/_control/issues", project="OPS")[1][0]["comments"]

    def test_holds_requests_that_fit(self):
        before = self.comments()
        self.close_gate(method="POST", path="/rest/api/*/comment")
        held = [self.begin("POST", ISSUE + "/comment", COMMENT) for _ in range(3)]
        self.await_at_gate(3)
        self.assertEqual(self.control.get(ISSUE)[0], 200)
        self.assertEqual([entry["status"] for entry in self.control.get("/_control/requests")[1]],
                         [None, None, None, 200])
        self.assertEqual(self.comments(), before)
        self.open_gate()
        self.assertEqual([connection.getresponse().status for connection in held], [201] * 3)
        self.assertEqual(self.comments(), before + 3)
        self.await_at_gate(0)

    def test_open_for_good(self):
        self.close_gate()
        self.close_gate(times=1)
        self.control.post("/_control/faults", {"kind": "status", "status": 500})
        self.open_gate()
        self.assertEqual(self.control.get(ISSUE)[0], 500)
        self.assertEqual([fault["kind"] for fault in self.control.get("/_control/faults")[1]], ["status"])

    def test_closed_anew(self):
        for _ in range(2):
            self.close_gate(times=1)
            held = self.begin("GET", ISSUE)
            self.await_at_gate(1)
            self.assertEqual(self.control.get(ISSUE)[0], 200)
            self.open_gate()
            self.assertEqual(held.getresponse().status, 200)

    def test_holds_an_answer(self):
        before = self.comments()
        self.close_gate(carried_out=True)
        held = self.begin("POST", ISSUE + "/comment", COMMENT)
        self.await_at_gate(1)
        self.assertEqual(self.comments(), before + 1)
        self.assertIsNone(self.control.get("/_control/requests")[1][-1]["status"])
        self.open_gate()
        self.assertEqual(held.getresponse().status, 201)
        self.assertEqual(self.control.get("/_control/requests")[1][-1]["status"], 201)

    def test_a_client_that_leaves(self):
        before = self.comments()
        self.close_gate(path="*/comment")
        held = self.begin("POST", ISSUE + "/comment", COMMENT), self.begin("POST", ISSUE + "/comment", COMMENT)
        self.await_at_gate(2)
        held[0].sock.shutdown(socket.SHUT_RDWR)
        self.await_at_gate(1)
        self.open_gate()
        self.assertEqual(held[1].getresponse().status, 201)
        self.assertEqual(self.comments(), before + 1)

    def test_holds_tokens(self):
        for carried_out in (False, True):
            app = App(self.control)
            token = app.tokens()["refresh_token"]
            fresh = app.counts()["refreshes"]["fresh"]
            self.close_gate(path="/oauth/token", carried_out=carried_out)
            held = self.begin("POST", "/oauth/token", {
                "grant_type": "refresh_token", "client_id": "demo-app", "client_secret": "demo-app-secret",
                "refresh_token": token}, headers={})
            self.await_at_gate(1)
            self.assertEqual(app.counts()["refreshes"]["fresh"], fresh + carried_out)
            self.open_gate()
            self.assertEqual(held.getresponse().status, 200)
            self.assertEqual(app.counts()["refreshes"]["fresh"], fresh + 1)


if __name__ == "__main__":
    unittest.main()
