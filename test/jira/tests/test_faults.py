"""Every fault, seen from the client's side of the wire."""

import gzip
import http.client
import io
import json
import socket
import time
import unittest

import stand_in
from stand_in import LONGEST, running, wait_until
from faults import OPTIONS
from mischief import CHANGED, INSTEAD, SENT

ISSUE = "/rest/api/2/issue/OPS-1"


class Faults(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))
        self.tried = set()

    def fault(self, kind, **options):
        given = {"kind": kind, "path": "/rest/api/*", "times": 1, **options}
        status, body = self.client.post("/_control/faults", given)
        self.assertEqual(status, 201, body)

    def requests(self):
        return self.client.get("/_control/requests")[1]

    def count(self):
        return self.client.get("/_control/count")[1]["count"]

    def raw(self, received=65536, path=ISSUE):
        """What comes over a fresh connection, up to a number of bytes."""
        with socket.create_connection(("127.0.0.1", self.client.connection.port), timeout=LONGEST) as connection:
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {self.client.headers['Authorization']}\r\n\r\n"
            connection.sendall(head.encode())
            content = b""
            while len(content) < received:
                part = connection.recv(65536)
                if not part:
                    break
                content += part
            return content

    def create(self):
        fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "x"}
        return self.client.post("/rest/api/2/issue", {"fields": fields})

    def test_replies_instead(self):
        for kind, options, status in (("status", {"status": 503, "body": "down", "headers": {"Retry-After": "7"}}, 503),
                                      ("html", {}, 200), ("html", {"status": 503}, 503), ("empty", {}, 200),
                                      ("redirect", {"location": "https://elsewhere.example/"}, 302)):
            self.fault(kind, **options)
            response, body = self.client.send("GET", ISSUE)
            self.assertEqual(response.status, status, kind)
        self.assertEqual(response.headers["Location"], "https://elsewhere.example/")
        self.assertEqual(self.client.get(ISSUE)[0], 200)

    def test_rate_limits(self):
        for given, shown in ((3, "3"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2, (None, None)):
            self.fault("rate_limit", retry_after=given)
            response, _ = self.client.send("GET", ISSUE)
            self.assertEqual((response.status, response.headers["Retry-After"]), (429, shown))

    def test_replies_changed(self):
        self.fault("truncated")
        with self.assertRaises(ValueError):
            self.client.get(ISSUE)
        self.fault("nul")
        self.assertEqual(self.client.get(ISSUE)[1]["fields"]["summary"], "a\0b")
        self.fault("invalid_utf8")
        with self.assertRaises(UnicodeDecodeError):
            self.client.get(ISSUE)
        self.fault("id_as_number")
        self.assertEqual(self.client.get(ISSUE)[1]["id"], 10000)
        self.fault("huge_number")
        content = self.client.send("GET", ISSUE)[1]
        self.assertIn(b'"customfield_10016":1e400', content)
        self.assertIn(b'"customfield_10031":' + b"1234567890" * 4, content)
        self.fault("wrong_type")
        response, content = self.client.send("GET", ISSUE)
        self.assertTrue(response.headers["Content-Type"].startswith("text/plain"))
        self.assertTrue(json.loads(content))
        self.fault("wrong_type", body="maintenance")
        response, content = self.client.send("GET", ISSUE)
        self.assertEqual((response.headers["Content-Type"][:16], content), ("application/json", b"maintenance"))

    def test_depth_and_bombs(self):
        self.fault("deep")
        self.assertEqual(self.client.send("GET", ISSUE)[1].count(b"["), 100_000)
        self.fault("gzip_bomb")
        response, content = self.client.send("GET", ISSUE)
        self.assertEqual(response.headers["Content-Encoding"], "gzip")
        self.assertLess(len(content), 1_000_000)
        with gzip.open(io.BytesIO(content)) as decoded:
            self.assertEqual(decoded.read(4), bytes(4))

    def test_endless(self):
        self.fault("endless_body")
        content = self.raw(1_000_000)
        self.assertIn(b"Transfer-Encoding: chunked", content)
        self.fault("endless_headers")
        self.assertNotIn(b"\r\n\r\n", self.raw(1_000_000))

    def test_garbage(self):
        self.fault("garbage")
        with self.assertRaises(http.client.BadStatusLine):
            self.client.get(ISSUE)

    def test_silence(self):
        self.fault("silence")
        self.client.connection.sock.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            self.client.get(ISSUE)
        self.client.close()
        wait_until(self.requests)
        entry = self.requests()[-1]
        self.assertEqual((entry["path"], entry["status"]), (ISSUE, None))

    def test_cut_before_and_after(self):
        for kind, made in (("cut_before", 0), ("cut_after", 1)):
            before = self.count()
            self.fault(kind, method="POST")
            with self.assertRaises((ConnectionError, http.client.RemoteDisconnected)):
                self.create()
            self.client.close()
            self.assertEqual(self.count() - before, made, kind)

    def test_cut_and_slow_bodies(self):
        self.fault("cut_body")
        with self.assertRaises(http.client.IncompleteRead):
            self.client.get(ISSUE)
        self.client.close()
        self.fault("slow_body", ms=2, chunk=500)
        begun = time.monotonic()
        self.assertEqual(self.client.get(ISSUE)[0], 200)
        self.assertGreater(time.monotonic() - begun, 0.01)
        self.fault("latency", ms=30)
        begun = time.monotonic()
        self.assertEqual(self.client.get(ISSUE)[0], 200)
        self.assertGreater(time.monotonic() - begun, 0.03)

    def test_a_connection_closed_while_idle(self):
        self.fault("close_idle", method="GET")
        self.assertEqual(self.client.get(ISSUE)[0], 200)
        before = stand_in.Client(self.client.connection.port, "x:y")
        self.addCleanup(before.close)
        count = before.get("/_control/count")[1]
        with self.assertRaises(http.client.RemoteDisconnected):
            self.create()
        self.assertEqual(before.get("/_control/count")[1], count)
        entries = before.get("/_control/requests")[1]
        self.assertEqual([(entry["method"], entry["status"]) for entry in entries], [("GET", 200), ("POST", None)])
        self.assertEqual(entries[0]["connection"], entries[1]["connection"])

    def test_bytes_sent(self):
        self.fault("status", status=200, body="x" * 5000)
        self.client.send("GET", ISSUE)
        self.fault("endless_body")
        self.raw(100_000)
        wait_until(lambda: self.requests()[-1]["sent"] > 0)
        sent = [entry["sent"] for entry in self.requests()]
        self.assertEqual(sent[0] // 1000, 5)
        self.assertGreaterEqual(sent[1], 100_000)

    def test_skip_times_and_order(self):
        self.fault("status", status=500, skip=1, times=2)
        self.fault("status", status=501, method="DELETE", times=None)
        self.assertEqual([self.client.send("GET", ISSUE)[0].status for _ in range(4)], [200, 500, 500, 200])
        self.assertEqual(self.client.send("DELETE", ISSUE)[0].status, 501)
        self.assertEqual([fault["status"] for fault in self.client.get("/_control/faults")[1]], [501])
        self.client.call("DELETE", "/_control/faults")
        self.assertEqual(self.client.get("/_control/faults")[1], [])

    def test_a_fault_for_a_parameter(self):
        self.fault("status", status=500, query="fields=*summary*")
        self.assertEqual([self.client.send("GET", ISSUE + query)[0].status for query in ("", "?fields=created", "?expand=names&fields=id%2Csummary")],
                         [200, 200, 500])

    def test_wrong_faults_are_refused(self):
        for wrong in ({"kind": "nonsense"}, {"kind": "latency"}, {"kind": "deep", "ms": 1}, {"kind": "status"},
                      {"kind": "html", "times": "1"}, {"kind": "gate", "carried_out": 1}, []):
            self.assertEqual(self.client.post("/_control/faults", wrong)[0], 400, wrong)

    def test_every_kind_is_carried_out_somewhere(self):
        self.assertEqual(set(OPTIONS), {"latency", "gate", *CHANGED, *INSTEAD, *SENT})


class Control(unittest.TestCase):
    def test_log_and_reset(self):
        with running("server", "--context", "/jira") as client:
            client.get("/rest/api/2/issue/OPS-1", fields="summary")
            client.post("/rest/api/2/issue/OPS-1/comment", {"body": "ü"})
            client.context = ""
            first, second = client.get("/_control/requests")[1]
            self.assertEqual((first["query"], first["user"], first["status"]), ([["fields", "summary"]], "demo", 200))
            self.assertEqual((second["method"], second["status"]), ("POST", 201))
            self.assertGreater(first["sent"], 200)
            self.assertEqual(json.loads(second["body"]), {"body": "ü"})
            self.assertIn("authorization", first["headers"])
            self.assertEqual(client.get("/_control/requests", path_prefix="/rest/api/2/search")[1], [])
            self.assertEqual(client.call("DELETE", "/_control/requests"), (204, None))
            self.assertEqual(client.get("/_control/requests")[1], [])
            client.post("/_control/reset", {"issues": 25})
            self.assertEqual(client.get("/_control/count", project="BULK")[1], {"count": 25})
            issue = client.get("/_control/issues", project="OPS")[1][0]
            self.assertEqual((issue["key"], issue["id"]), ("OPS-1", "10000"))

    def test_compression(self):
        with running() as client:
            response, content = client.send("GET", ISSUE, headers={"Accept-Encoding": "gzip"})
            self.assertEqual(response.headers["Content-Encoding"], "gzip")
            self.assertEqual(json.loads(gzip.decompress(content))["key"], "OPS-1")
            response, _ = client.send("GET", ISSUE + "?fields=summary", headers={"Accept-Encoding": "gzip"})
            self.assertIsNone(response.headers["Content-Encoding"])


if __name__ == "__main__":
    unittest.main()
