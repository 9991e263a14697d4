"""Users: creation, removal, and who can be assigned."""

import secrets

import errors
import reply
import shape
from entities import User
from routes import API, route

PRODUCTS = {"jira-software", "jira-core", "jira-servicedesk", "jira-product-discovery"}
BODY = shape.split(
    {"emailAddress": shape.TEXT, "displayName": shape.TEXT, "password": shape.TEXT, "name": shape.TEXT,
     "key": shape.TEXT, "applicationKeys": shape.TEXTS},
    cloud={"products": shape.TEXTS}, server={"notification": shape.ANY, "active": shape.BOOLEAN},
    required=("emailAddress",))
ASSIGNABLE = {"projectKeys": shape.query_names, "maxResults": shape.query_integer}
CLOUD_ASSIGNABLE = {"query": shape.query_text, "accountId": shape.query_text, "startAt": shape.query_integer}
MOST_ASSIGNABLE = {True: 1000, False: 100}


@route("POST", API + "user", anonymous=False, body=BODY)
def create(call):
    _administrators_only(call)
    return _on_cloud(call) if call.site.cloud else _on_server(call)


def _on_cloud(call):
    """Products are required; a known address answers 201 again. Names given are ignored."""
    products = call.body.get("products")
    if products is None or not set(products) <= PRODUCTS:
        raise errors.refusal(400, errors={"products": "Specify the products the user is to have access to."})
    address = call.body["emailAddress"]
    _check_address(address)
    user = next((one for one in call.store.users if one.email == address), None)
    if user is None:
        user = User(secrets.token_hex(12), "", address.partition("@")[0], address)
        call.store.users.append(user)
    return reply.created(call.view.account(user, call.store.groups))


def _on_server(call):
    missing = [name for name in ("name", "displayName") if not call.body.get(name)]
    if missing:
        raise errors.refusal(400, errors={name: "You must specify a value." for name in missing})
    name, address = call.body["name"], call.body["emailAddress"]
    _check_address(address)
    if call.store.user(name, call.site):
        raise errors.refusal(400, errors={"username": "A user with that username already exists."})
    number = max(int(user.key.removeprefix("JIRAUSER")) for user in call.store.users) + 1
    call.store.users.append(User(secrets.token_hex(12), name, call.body["displayName"], address, f"JIRAUSER{number}",
                                 active=call.body.get("active", True)))
    return reply.created({"self": f"{call.view.api}/user?username={name}", "key": f"JIRAUSER{number}", **call.body})


def _check_address(address):
    if "@" not in address:
        raise errors.refusal(400, errors={"email": "You must specify a valid email address."})


@route("DELETE", API + "user", cloud={"accountId": shape.query_text},
       server={"username": shape.query_text, "key": shape.query_text}, anonymous=False)
def remove(call):
    """Server keeps a user who reported or has issues."""
    _administrators_only(call)
    if len(call.query) != 1:
        raise errors.refusal(400, "Exactly one identifier of the user must be given.")
    (name, wanted), = call.query.items()
    attribute = {"accountId": "account", "username": "login", "key": "key"}[name]
    user = next((one for one in call.store.users if getattr(one, attribute) == wanted), None)
    if user is None:
        raise errors.refusal(404, f"The user '{wanted}' does not exist.")
    if not call.site.cloud and any(user in (one.reporter, one.assignee) for one in call.store.issues.values()):
        raise errors.refusal(400, f"Cannot delete user. '{user.name}' has reported or is assigned to issues.")
    call.store.users.remove(user)
    for group in call.store.groups:
        group.members = [member for member in group.members if member is not user]
    return reply.no_content()


@route("GET", API + "user/assignable/multiProjectSearch", query=ASSIGNABLE, cloud=CLOUD_ASSIGNABLE,
       server={"username": shape.query_text})
def assignable(call):
    """The window is cut out first and filtered then, so that a short page is not the last."""
    size = call.query.get("maxResults", 50)
    start = call.query.get("startAt", 0)
    if start < 0 or size < 1:
        raise errors.refusal(400, "The parameters startAt and maxResults are out of range.")
    _check_projects(call)
    users = [] if call.anonymous else call.store.users[start:start + min(size, MOST_ASSIGNABLE[call.site.cloud])]
    return reply.ok([call.view.person(user) for user in users
                     if user.active and user.account_type == "atlassian" and _fits(call, user)])


def _check_projects(call):
    keys = call.query.get("projectKeys")
    if not keys:
        raise errors.refusal(400, "The query parameter 'projectKeys' must be provided.")
    unknown = [key for key in keys if key not in call.store.projects]
    if unknown and not call.anonymous:
        raise errors.refusal(404, f"No project could be found with key '{unknown[0]}'.")
    if call.site.cloud and ("query" in call.query) == ("accountId" in call.query):
        raise errors.refusal(400, "Exactly one of 'query' and 'accountId' must be provided.")


def _fits(call, user):
    if "accountId" in call.query:
        return user.account == call.query["accountId"]
    text = call.query.get("query" if call.site.cloud else "username", "").lower()
    return any(part.startswith(text) for part in (user.login, user.email, *user.name.lower().split()))


def _administrators_only(call):
    if not call.user.admin:
        raise errors.read_only()
