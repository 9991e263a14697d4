"""The categories of statuses, which nobody can change."""

import errors
import reply
from routes import API, route


@route("GET", API + "statuscategory")
def categories(call):
    return reply.ok([] if call.anonymous else [call.view.category(one) for one in call.store.status_categories])


@route("GET", API + "statuscategory/{idOrKey}")
def category(call):
    wanted = call.path["idOrKey"]
    found = next((one for one in call.store.status_categories if wanted in (str(one.id), one.key)), None)
    if found is None or call.anonymous:
        raise errors.refusal(404, f"The status category '{wanted}' does not exist.")
    return reply.ok(call.view.category(found))
