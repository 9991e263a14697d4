"""What the searches of both deployments share."""

import errors
import paging
from fields.rendering import names, schemas, show_issue
from jql.search import warnings_of

EXPANSIONS = ("names", "schema")
DEFAULT_PAGE = 50
LARGEST_BARE_PAGE = 5000
MOST_RECONCILED = 50


def show_page(call, issues, selection, expand, properties):
    """The issues of a page, with names and schema once for all of them."""
    each = [name for name in expand if name not in EXPANSIONS]
    page = {"issues": [show_issue(issue, call.view, selection, each, properties) for issue in issues]}
    if selection.fields and "names" in expand:
        page["names"] = names(selection.fields)
    if selection.fields and "schema" in expand:
        page["schema"] = schemas(call.site, selection.fields)
    return page


def offset_page(call, jql, found, start, size, selection, expand):
    """A page of Data Center's, or what it has beyond its result window."""
    odd = call.site.oddities
    page = {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found)}
    shown = found[start:start + size]
    if odd.names_window and odd.result_window:
        page["maxResultWindow"] = odd.result_window
    if odd.result_window and start + size > odd.result_window:
        if odd.beyond_window != "empty":
            raise errors.beyond_window(odd.result_window, odd.beyond_window == "xml")
        shown = []
    return page | with_warnings(call, jql, show_page(call, shown, selection, expand, ()), "warningMessages")


def with_warnings(call, jql, page, member):
    warnings = warnings_of(call.site, jql)
    return page | {member: warnings} if warnings else page


def token_page(call, asked, found, selection, *question):
    """A page of Cloud's; its token belongs to the question and the fields."""
    size = _page_size(call, asked, selection)
    made_for = paging.fingerprint(*question, asked.get("fields"), asked.get("reconcileIssues"))
    start = 0
    if asked.get("nextPageToken"):
        start = paging.resume(found, *paging.read_token(asked["nextPageToken"], made_for))
    issues = found[start:start + size]
    page = show_page(call, issues, selection, asked.get("expand") or (), asked.get("properties") or ())
    end = start + len(issues)
    page["isLast"] = end >= len(found)
    if end < len(found):
        page["nextPageToken"] = paging.make_token(made_for, end, issues[-1].id)
    return page


def _page_size(call, asked, selection):
    size = asked.get("maxResults", DEFAULT_PAGE)
    if size < 1:
        raise errors.refusal(400, "The parameter maxResults must be positive.")
    if len(asked.get("reconcileIssues") or ()) > MOST_RECONCILED:
        raise errors.refusal(400, f"The parameter reconcileIssues takes at most {MOST_RECONCILED} ids.")
    return min(size, LARGEST_BARE_PAGE if selection.bare else call.site.max_page)
