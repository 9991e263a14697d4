"""Attachments, audit records, webhooks."""

import unittest

from stand_in import Client, running

FILE = (b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Gr\xc3\xb6\xc3\x9fe \\\"1\\\".bin\"\r\n"
        b"Content-Type: application/x-thing\r\n\r\n\x00\r\n--\xff\r\n\r\n--b--\r\n")
TYPE = {"Content-Type": "multipart/form-data; boundary=b"}
NO_CHECK = {"X-Atlassian-Token": "no-check"}


class Uploads(unittest.TestCase):
    def upload(self, client):
        status, shown = client.call("POST", "/rest/api/2/issue/WEB-9/attachments", FILE, {**TYPE, **NO_CHECK})
        self.assertEqual(status, 200)
        return shown[0]

    def test_on_cloud(self):
        with running("cloud") as client:
            shown = self.upload(client)
            self.assertEqual((shown["filename"], shown["size"], shown["mimeType"]),
                             ('Größe "1".bin', 8, "application/x-thing"))
            path = f"/rest/api/2/attachment/{shown['id']}"
            self.assertEqual(client.get(path)[1]["id"], int(shown["id"]))
            content = f"/rest/api/2/attachment/content/{shown['id']}"
            response, body = client.send("GET", content, redirect="false")
            self.assertEqual((response.status, body), (200, b"\x00\r\n--\xff\r\n"))
            response, body = client.send("GET", content + "?redirect=false", headers={"Range": "bytes=4-100"})
            self.assertEqual((response.status, body, response.headers["Content-Range"]),
                             (206, b"-\xff\r\n", "bytes 4-7/8"))
            response, _ = client.send("GET", content)
            place = response.headers["Location"].split("/media/")[1]
            self.assertEqual(response.status, 303)
            self.assertEqual(client.send("GET", "/media/" + place)[0].status, 400)
            self.assertEqual(client.send("GET", "/media/" + place, headers={"Authorization": ""})[0].status, 200)
            self.assertEqual(client.call("DELETE", path)[0], 204)
            self.assertEqual(client.get(path)[0], 404)

    def test_on_server(self):
        with running("server", "--context", "/jira") as client:
            shown = self.upload(client)
            path = shown["content"].split("/jira", 1)[1]
            self.assertEqual(client.send("GET", path)[1], b"\x00\r\n--\xff\r\n")

    def test_refusals(self):
        with running("cloud") as client:
            path = "/rest/api/2/issue/WEB-9/attachments"
            self.assertEqual(client.send("POST", path, FILE, TYPE)[0].status, 403)
            self.assertEqual(client.send("POST", path, b"{}", NO_CHECK)[0].status, 415)
            self.assertEqual(client.send("POST", path, FILE[:-8], {**TYPE, **NO_CHECK})[0].status, 400)
            wrong = FILE.replace(b'name="file"', b'name="data"')
            self.assertEqual(client.send("POST", path, wrong, {**TYPE, **NO_CHECK})[0].status, 400)


class Audit(unittest.TestCase):
    def test_on_cloud(self):
        with running("cloud") as client:
            _, page = client.get("/rest/api/3/auditing/record", filter="workflow updated", limit=5, offset=18)
            self.assertEqual((page["total"], len(page["records"]), page["limit"]), (120, 2, 5))
            reader = Client(client.connection.port, "reader@example.com:reader-token")
            self.addCleanup(reader.close)
            self.assertEqual(reader.get("/rest/api/3/auditing/record")[0], 403)

    def test_on_server(self):
        with running("server", "--server-version", "9.12.1") as client:
            self.assertEqual(client.get("/rest/api/2/auditing/record", limit=1)[0], 200)
        with running("server") as client:
            self.assertEqual(client.get("/rest/api/2/auditing/record")[0], 404)
            cursor, seen = None, []
            while True:
                query = {"limit": 50} | ({"pageCursor": cursor} if cursor else {})
                _, page = client.get("/rest/auditing/1.0/events", **query)
                seen += [event["timestamp"] for event in page["entities"]]
                if page["pagingInfo"]["lastPage"]:
                    break
                cursor = page["pagingInfo"]["nextPageCursor"]["cursor"]
            self.assertEqual((len(seen), seen), (120, sorted(seen, reverse=True)))
            self.assertIsInstance(client.get("/rest/auditing/1.0/events", limit=0)[1], list)


class Webhooks(unittest.TestCase):
    def test_places(self):
        old, new = "/rest/webhooks/1.0/webhook", "/rest/jira-webhook/1.0/webhooks"
        given = {"name": "N", "url": "https://example.com/", "events": ["jira:issue_created"]}
        for arguments, place, wrong in ((("cloud",), old, new), (("server", "--server-version", "9.4.0"), old, new),
                                        (("server",), new, old)):
            with running(*arguments) as client:
                status, made = client.post(place, given)
                self.assertEqual(status, 201)
                number = made.get("id") or made["self"].rpartition("/")[2]
                self.assertEqual(client.call("PUT", f"{place}/{number}", {**given, "name": "M"})[1]["name"], "M")
                self.assertEqual([one["name"] for one in client.get(place)[1]], ["M"])
                self.assertEqual(client.call("DELETE", f"{place}/{number}")[0], 204)
                self.assertEqual(client.get(f"{place}/{number}")[0], 404)
                self.assertEqual(client.get(wrong)[0], 404)

    def test_dynamic_ones_are_for_apps(self):
        with running("cloud") as client:
            self.assertEqual(client.get("/rest/api/3/webhook")[0], 403)


if __name__ == "__main__":
    unittest.main()
