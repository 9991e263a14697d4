"""The caller's preferences, and the columns of the issue navigator."""

import errors
import reply
import shape
from fields.catalogue import BY_ID, find
from resources import user as users
from routes import API, route

KEY = {"key": shape.query_text}
COLUMNS = ("issuetype", "issuekey", "summary", "assignee", "reporter", "priority", "status", "resolution", "created",
           "updated", "duedate")
OWNER = {"accountId": shape.query_text}
LOCALE = shape.Members({"locale": shape.TEXT})


@route("GET", API + "mypreferences", query=KEY, anonymous=False)
def preference(call):
    return reply.ok(call.user.preferences[_known(call)])


@route("PUT", API + "mypreferences", query=KEY, anonymous=False, body=shape.TEXT)
def set_preference(call):
    call.user.preferences[_key(call)] = call.body
    return reply.no_content()


@route("DELETE", API + "mypreferences", query=KEY, anonymous=False)
def remove_preference(call):
    del call.user.preferences[_known(call)]
    return reply.no_content()


@route("GET", API + "mypreferences/locale", server=None, anonymous=False)
def locale(call):
    return reply.ok({"locale": call.user.locale})


@route("PUT", API + "mypreferences/locale", server=None, anonymous=False, body=LOCALE)
def set_locale(call):
    call.user.locale = call.body.get("locale") or "en_US"
    return reply.no_content()


def _key(call):
    if not call.query.get("key"):
        raise errors.refusal(400 if call.site.cloud else 404, "The query parameter 'key' must be provided.")
    return call.query["key"]


def _known(call):
    key = _key(call)
    if key not in call.user.preferences:
        raise errors.refusal(404, f"The preference '{key}' does not exist.")
    return key


@route("GET", API + "user/columns", cloud=OWNER, server=None, anonymous=False)
def columns(call):
    return reply.ok([show_column(name) for name in _owner(call).columns or COLUMNS])


@route("PUT", API + "user/columns", cloud=OWNER, server=None, anonymous=False,
       body=shape.Members({"columns": shape.TEXTS}))
def set_columns(call):
    owner, names = _owner(call), call.body.get("columns") or []
    check_columns(call, names)
    owner.columns = names
    return reply.Reply(200, content_type=None)


@route("DELETE", API + "user/columns", cloud=OWNER, server=None, anonymous=False)
def reset_columns(call):
    _owner(call).columns = None
    return reply.no_content()


def check_columns(call, names):
    unknown = [name for name in names if name != "issuekey" and find(call.site, name) is None]
    if unknown:
        raise errors.refusal(400, f"The column '{unknown[0]}' does not exist.")


def show_column(name):
    return {"label": "Key" if name == "issuekey" else BY_ID[name].name, "value": name}


def _owner(call):
    """Those of others are for administrators."""
    if "accountId" not in call.query:
        return call.user
    found = users.named_in_query(call)
    if found is not call.user:
        call.administrators_only()
    return found
