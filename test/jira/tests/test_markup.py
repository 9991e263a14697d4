"""Texts that one version of the API wrote and the other reads."""

import unittest

import wiki
from stand_in import running

WIKI = ("h2. Heading\n\n*bold* and _italic_, {{code}}\n\n{code:sql}\nselect 1;\n{code}\n\n"
        "* a\n** b\n* c\n\n||x||y||\n|1|2|")


def types(node):
    yield node["type"]
    for child in node.get("content") or []:
        yield from types(child)


def text(value):
    return {"type": "text", "text": value}


class Markup(unittest.TestCase):
    def test_both_ways(self):
        for given in (WIKI, "one\ntwo", "See [the notes|https://example.com/1] and [~accountid:abc]", "# 1\n# 2",
                      "{quote}\nsaid\n{quote}", "----", "-gone- and +here+"):
            self.assertEqual(wiki.from_document(wiki.to_document(given)), given)

    def test_what_is_no_markup(self):
        for given in ("a_b_c x*y*z", "3 * 4 * 5", "x - y - z", "[no link]", "{code} never closed", "c++", "1-2-3"):
            self.assertEqual(wiki.to_document(given)["content"], [{"type": "paragraph", "content": [text(given)]}])

    def test_nodes(self):
        (paragraph,) = wiki.to_document("*a _b_*")["content"]
        self.assertEqual(paragraph["content"], [
            text("a ") | {"marks": [{"type": "strong"}]},
            text("b") | {"marks": [{"type": "strong"}, {"type": "em"}]}])
        heading, = wiki.to_document("h3. Three")["content"]
        self.assertEqual((heading["type"], heading["attrs"]), ("heading", {"level": 3}))
        self.assertEqual(wiki.to_document("")["content"], [{"type": "paragraph", "content": []}])
        self.assertEqual([block["type"] for block in wiki.to_document("said:\n{code}x{code}\nand")["content"]],
                         ["paragraph", "codeBlock", "paragraph"])


class Versions(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(running("cloud"))

    def test_written_by_2_and_read_by_3(self):
        _, made = self.client.post("/rest/api/2/issue/WEB-9/comment", {"body": WIKI})
        self.assertEqual(made["body"], WIKI)
        body = self.client.get(f"/rest/api/3/issue/WEB-9/comment/{made['id']}")[1]["body"]
        self.assertLessEqual({"heading", "codeBlock", "bulletList", "listItem", "table", "tableHeader"},
                             set(types(body)))
        self.client.call("PUT", "/rest/api/2/issue/WEB-9", {
            "fields": {"description": "h1. X", "customfield_10030": "*y*"}})
        fields = self.client.get("/rest/api/3/issue/WEB-9")[1]["fields"]
        self.assertEqual(fields["description"]["content"][0]["type"], "heading")
        self.assertEqual(fields["customfield_10030"]["content"][0]["content"][0]["marks"], [{"type": "strong"}])

    def test_written_by_3_and_read_by_2(self):
        document = wiki.to_document(WIKI)
        self.client.call("PUT", "/rest/api/3/issue/WEB-9", {"fields": {"description": document}})
        self.assertEqual(self.client.get("/rest/api/2/issue/WEB-9")[1]["fields"]["description"], WIKI)
        self.assertEqual(self.client.get("/rest/api/3/issue/WEB-9")[1]["fields"]["description"], document)
        self.assertEqual(self.client.get("/rest/api/3/search/jql", jql='description ~ "heading" and key = WEB-9')[1]
                         ["issues"][0]["id"], self.client.get("/rest/api/3/issue/WEB-9")[1]["id"])


if __name__ == "__main__":
    unittest.main()
