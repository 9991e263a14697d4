"""The table of operations and a walk through them, measured by Atlassian's OpenAPI documents where they are at hand."""

import unittest

import openapi
import stand_in
from deployment import Site
from routes import TABLE

# Atlassian publishes no OpenAPI for these.
UNDOCUMENTED = ("/rest/webhooks/", "/rest/jira-webhook/", "/rest/auditing/", "/app/", "/_edge/", "/secure/", "/media/")
# Removed, of a version that the documents are not of, or there to answer that it is not.
ELSEWHERE = {("GET", "/rest/api/{version}/search/id"), ("POST", "/rest/api/{version}/search/id"),
             ("GET", "/rest/api/{version}/auditing/record"), ("POST", "/rest/api/{version}/issue/bulkfetch")}
# What Data Center takes though its documents leave it out.
LEFT_OUT = {("GET", "user", "expand"), ("GET", "myself", "expand"), ("GET", "group/member", "groupname"),
            ("GET", "issue/{issue}/transitions", "expand"), ("DELETE", "issuetype/{id}", "alternativeIssueTypeId"),
            ("POST", "project/{project}/role/{role}", "user"), ("POST", "project/{project}/role/{role}", "group"),
            ("POST", "project/{project}/role/{role}", "groupId"),
            # From a later version on than that of the documents.
            ("GET", "customFields/{id}/options", "sortByOptionName"),
            ("GET", "customFields/{id}/options", "useAllContexts")}
OPTIONAL = {"name", "key", "products"}      # refused by the operation itself, in its own words
API = "/rest/api/3/"
AGILE = "/rest/agile/1.0/"
SOFTWARE = "/rest/software/1.0/"
DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [
    {"type": "text", "text": "said"}]}]}
ACCOUNT = "5b10a2844c20165700ede200"


def declared(site):
    """(entry, path, query parameters) of what a deployment has."""
    for entry in TABLE:
        path = "/" + "/".join(entry.segments)
        query = entry.query_types(site)
        if query is not None and not path.startswith(UNDOCUMENTED) and (entry.method, path) not in ELSEWHERE:
            yield entry, path, query


@unittest.skipUnless(openapi.AVAILABLE, f"no OpenAPI documents in {openapi.DIRECTORY}")
class Table(unittest.TestCase):
    """Nothing is taken that Atlassian does not declare, and what it requires is required."""

    maxDiff = None

    def compare(self, site, document_of):
        problems = []
        for entry, path, query in declared(site):
            document = document_of(path)
            operation = document.operation(entry.method, path.replace("{version}", "3" if site.cloud else "2"))
            if operation is None:
                problems.append(f"there is no {entry.method} {path}")
                continue
            taken = [("query parameter", name) for name in set(query) - document.query(operation)]
            taken += [("body member", name) for name in self.unknown(entry.body_type(site), document.body(operation))]
            problems += [f"{entry.method} {path}: {what} {name}" for what, name in sorted(taken)
                         if site.cloud or (entry.method, path.partition("{version}/")[2], name) not in LEFT_OUT]
            problems += [f"{entry.method} {path}: body member {name} is required" for name in sorted(
                self.missing(entry.body_type(site), document.body(operation)))]
        self.assertEqual(problems, [])

    @staticmethod
    def unknown(body, known):
        return set(getattr(body, "members", ())) - known[0] if known else ()

    @staticmethod
    def missing(body, known):
        return known[1] - set(body.required) - OPTIONAL if known and hasattr(body, "members") else ()

    def test_cloud(self):
        self.compare(Site("cloud"), openapi.of_cloud)

    def test_server(self):
        self.compare(Site("server"), lambda path: openapi.of_server())


@unittest.skipUnless(openapi.AVAILABLE, f"no OpenAPI documents in {openapi.DIRECTORY}")
class Replies(unittest.TestCase):
    """What Cloud answers has the declared types and members, and a declared status."""

    def setUp(self):
        self.client = self.enterContext(stand_in.running("cloud"))

    def send(self, method, path, body=None, **query):
        status, answer = self.client.call(method, path, body, **query)
        document = openapi.of_cloud(path)
        _, operation = document.called(method, path.partition("?")[0])
        self.assertIsNotNone(operation, f"{method} {path}")
        self.assertIn(str(status), operation["responses"], f"{method} {path}: {answer}")
        schema = document.reply(operation, status)
        if schema:
            self.assertEqual(list(document.problems(f"{method} {path}", answer, schema)), [])
        return answer

    def test_look_ups(self):
        for path in ("issuetype", "issuetype/10000", "issuetype/10001/alternatives", "resolution", "resolution/10000",
                     "resolution/search", "issueLinkType", "issueLinkType/10000", "statuscategory",
                     "statuscategory/done", "statuses?id=10000", "statuses/search", "field/search?type=custom", "label",
                     "jql/autocompletedata", "jql/autocompletedata/suggestions?fieldName=status", "permissions",
                     "mypermissions?permissions=BROWSE_PROJECTS", "mypreferences/locale", "user/columns",
                     "groups/picker", "groupuserpicker?query=a", "user/picker?query=a", "user/search?query=a",
                     "user/assignable/search?project=WEB", f"user/bulk?accountId={ACCOUNT}",
                     "user/viewissue/search?projectKey=WEB&query=a", "user/search/query?query=is%20assignee",
                     "user/permission/search?projectKey=WEB&permissions=EDIT_ISSUES", "issue/picker?query=WEB",
                     "configuration", "application-properties/advanced-settings"):
            self.send("GET", API + path)

    def test_projects(self):
        made = self.send("POST", API + "projectCategory", {"name": "Shops"})
        self.send("PUT", API + "project/WEB", {"categoryId": int(made["id"]), "description": "Sells"})
        component = self.send("POST", API + "component", {"name": "New", "project": "WEB", "leadAccountId": ACCOUNT})
        version = self.send("POST", API + "version", {"name": "9.0", "projectId": 10001, "releaseDate": "2030-01-01"})
        for path in ("project/WEB", "project/recent", "project/WEB/components", "project/WEB/component", "component",
                     f"component/{component['id']}", f"component/{component['id']}/relatedIssueCounts",
                     "project/WEB/versions", "project/WEB/version", f"version/{version['id']}?expand=issuesstatus",
                     f"version/{version['id']}/relatedIssueCounts", f"version/{version['id']}/unresolvedIssueCount",
                     "project/WEB/role", "project/WEB/role/10002", "project/WEB/roledetails", "role", "role/10002",
                     "role/10002/actors", "project/type", "project/type/accessible", "project/type/software",
                     "projectvalidate/key?key=a", "projectvalidate/validProjectKey?key=WEB",
                     "projectvalidate/validProjectName?name=x", "project/WEB/features", "project/WEB/avatars",
                     "project/WEB/hierarchy", "project/WEB/securitylevel", "project/WEB/notificationscheme",
                     "projectCategory"):
            self.send("GET", API + path)
        self.send("DELETE", f"{API}version/{version['id']}")
        self.send("DELETE", f"{API}component/{component['id']}")

    def test_issues(self):
        self.send("PUT", API + "issue/WEB-9", {"fields": {"summary": "Changed", "labels": ["x"], "assignee": None}})
        log = self.send("POST", API + "issue/WEB-9/worklog", {"timeSpent": "1h", "comment": DOCUMENT})
        self.send("POST", API + "issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": "WEB-9"},
                                              "outwardIssue": {"key": "WEB-10"}})
        link = self.send("GET", API + "issue/WEB-9")["fields"]["issuelinks"][-1]["id"]
        remote = self.send("POST", API + "issue/WEB-9/remotelink", {
            "globalId": "g", "object": {"url": "https://example.com", "title": "Seen"}})["id"]
        for path in ("issue/WEB-9?expand=changelog,names", "issue/WEB-9/changelog", "issue/WEB-9/worklog",
                     f"issue/WEB-9/worklog/{log['id']}", "worklog/updated", "worklog/deleted", f"issueLink/{link}",
                     "issue/WEB-9/remotelink", f"issue/WEB-9/remotelink/{remote}", "issue/WEB-9/votes",
                     "issue/WEB-9/properties"):
            self.send("GET", API + path)
        self.send("POST", API + "worklog/list", {"ids": [int(log["id"])]})
        self.send("POST", API + "comment/list", {"ids": [10000]})
        self.send("POST", API + "issue/WEB-9/changelog/list", {"changelogIds": [10000]})
        self.send("POST", API + "jql/match", {"issueIds": [10000], "jqls": ["project = WEB", "("]})
        self.send("POST", API + "jql/parse", {"queries": ["project in (WEB, OPS) and not (key = x-1 or due is empty) "
                                                          "order by created desc", "a ="]}, validation="none")
        self.send("POST", API + "permissions/check", {"globalPermissions": ["ADMINISTER"], "projectPermissions": [
            {"permissions": ["EDIT_ISSUES"], "projects": [10001]}]})
        self.send("POST", API + "permissions/project", {"permissions": ["EDIT_ISSUES"]})
        self.send("DELETE", f"{API}issue/WEB-9/worklog/{log['id']}")
        self.send("DELETE", f"{API}issueLink/{link}")

    def test_boards(self):
        saved = self.send("POST", API + "filter", {"name": "Mine", "jql": "project = WEB"})
        board = self.send("POST", AGILE + "board", {"name": "Mine", "type": "scrum", "filterId": int(saved["id"])})
        for path in ("board", f"board/{board['id']}", "board/1/issue", "board/1/backlog", "board/1/epic",
                     "board/1/epic/none/issue", "board/1/version", "board/1/project", "epic/WEB-1", "epic/WEB-1/issue",
                     "epic/none/issue", "issue/WEB-9", "issue/WEB-9/estimation?boardId=1"):
            self.send("GET", AGILE + path)
        for path in ("board/1/issue", "board/1/backlog", "board/1/backlog/approximate-count", "epic/WEB-1/issue"):
            self.send("GET", SOFTWARE + path)
        self.send("PUT", AGILE + "issue/rank", {"issues": ["WEB-9"], "rankBeforeIssue": "WEB-8"})
        self.send("POST", AGILE + "epic/WEB-1", {"name": "New", "color": {"key": "color_3"}})
        self.send("DELETE", f"{AGILE}board/{board['id']}")
        for path in ("dashboard", "dashboard/search?expand=owner,description", "dashboard/10001", "workflows/search",
                     "field/customfield_10034/context", "field/customfield_10034/context/10003/option", "filter/my",
                     "filter/search?expand=jql,owner", "filter/favourite", f"filter/{saved['id']}"):
            self.send("GET", API + path)


if __name__ == "__main__":
    unittest.main()
