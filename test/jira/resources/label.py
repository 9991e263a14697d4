"""The labels in use."""

import paging
import reply
import shape
from routes import API, route

LARGEST_PAGE = 1000


@route("GET", API + "label", cloud={"startAt": shape.query_integer, "maxResults": shape.query_integer}, server=None)
def labels(call):
    found = [] if call.anonymous else sorted({one for issue in call.store.issues.values() for one in issue.labels})
    start, size = paging.window(call, LARGEST_PAGE, LARGEST_PAGE)
    return reply.ok(paging.values_page(call, "label", found, start, size, lambda label: label))
