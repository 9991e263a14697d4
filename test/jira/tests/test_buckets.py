"""Token buckets: refused when empty, and full again in time."""

import unittest

from stand_in import running, wait_until

RULE = {"method": "GET", "path": "/rest/api/*/issue/*", "burst": 3, "per_second": 0.001}


class Buckets(unittest.TestCase):
    def start(self, deployment, **rule):
        client = self.enterContext(running(deployment))
        self.assertEqual(client.post("/_control/buckets", RULE | rule)[0], 201)
        return client

    def test_refused_when_empty(self):
        client = self.start("cloud")
        left = [client.send("GET", "/rest/api/3/issue/WEB-9")[0].headers["X-RateLimit-Remaining"] for _ in range(3)]
        self.assertEqual(left, ["2", "1", "0"])
        response, body = client.send("GET", "/rest/api/3/issue/OPS-9")
        self.assertEqual((response.status, response.headers["RateLimit-Reason"]), (429, "jira-burst-based"))
        self.assertGreater(int(response.headers["Retry-After"]), 100)
        self.assertRegex(response.headers["X-RateLimit-Reset"], r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$")
        self.assertIn(b"Rate limit", body)

    def test_by_endpoint_and_method(self):
        client = self.start("cloud", method=None, burst=1)
        for method, path, body in (("GET", "issue/WEB-9", None), ("PUT", "issue/WEB-9", {"fields": {}}),
                                   ("GET", "issue/WEB-9/comment", None), ("GET", "myself", None)):
            self.assertLess(client.call(method, "/rest/api/3/" + path, body)[0], 300)
        self.assertEqual(client.get("/rest/api/3/issue/WEB-9")[0], 429)
        self.assertEqual(client.get("/rest/api/3/myself")[0], 200)
        self.assertEqual(client.call("DELETE", "/_control/buckets")[0], 204)
        self.assertEqual(client.get("/rest/api/3/issue/WEB-9")[0], 200)

    def test_it_refills(self):
        client = self.start("cloud", burst=1, per_second=5)
        client.get("/rest/api/3/issue/WEB-9")
        wait_until(lambda: client.get("/rest/api/3/issue/WEB-9")[0] == 200)

    def test_of_each_user_on_server(self):
        client = self.start("server", burst=1, per_second=0.5)
        path = "/rest/api/2/issue/WEB-9"
        headers = client.send("GET", path)[0].headers
        self.assertEqual((headers["Retry-After"], headers["X-RateLimit-FillRate"]), ("0", "0.5"))
        self.assertEqual(client.get(path)[0], 429)
        self.assertEqual(client.call("GET", path, None, {"Authorization": "Bearer reader-pat"})[0], 200)

    def test_rules_that_are_none(self):
        client = self.start("cloud")
        for wrong in ({"burst": 0}, {"per_second": 0}, {"burst": "3"}, {"rate": 1}):
            self.assertEqual(client.post("/_control/buckets", RULE | wrong)[0], 400, wrong)
        self.assertEqual(client.get("/_control/buckets")[1], [RULE])


if __name__ == "__main__":
    unittest.main()
