"""What a form suggests while somebody types: users, groups, issues."""

import html

import reply
import shape
from jql.search import search
from routes import API, route

LARGEST = 50
AVATAR = {"avatarSize": shape.query_text}
USERS = {"query": shape.query_text, "maxResults": shape.query_integer, "showAvatar": shape.query_boolean,
         "exclude": shape.query_names}
GROUPS = {"query": shape.query_text, "maxResults": shape.query_integer, "exclude": shape.query_names,
          "userName": shape.query_text}
BOTH = {"query": shape.query_text, "maxResults": shape.query_integer, "showAvatar": shape.query_boolean,
        "fieldId": shape.query_text, "projectId": shape.query_names, "issueTypeId": shape.query_names}
ISSUES = {"query": shape.query_text, "currentJQL": shape.query_text, "currentIssueKey": shape.query_text,
          "currentProjectId": shape.query_text, "showSubTasks": shape.query_boolean,
          "showSubTaskParent": shape.query_boolean}
MOST_ISSUES = 20


@route("GET", API + "user/picker", query=USERS,
       cloud=AVATAR | {"excludeAccountIds": shape.query_names, "excludeConnectUsers": shape.query_boolean})
def users(call):
    return reply.ok(_users(call, {*call.asked("exclude"), *call.asked("excludeAccountIds")}))


@route("GET", API + "groups/picker", query=GROUPS,
       cloud={"accountId": shape.query_text, "excludeId": shape.query_names, "caseInsensitive": shape.query_boolean})
def groups(call):
    return reply.ok(_groups(call, {*call.asked("exclude"), *call.asked("excludeId")}))


@route("GET", API + "groupuserpicker", query=BOTH,
       cloud=AVATAR | {"caseInsensitive": shape.query_boolean, "excludeConnectAddons": shape.query_boolean,
                       "includeAiAgents": shape.query_boolean})
def users_and_groups(call):
    return reply.ok({"users": _users(call, set()), "groups": _groups(call, set())})


def _size(call, default):
    return max(min(call.query.get("maxResults", default), 1000), 0)


def _users(call, excluded):
    text = call.query.get("query", "").lower()
    known = [] if call.anonymous else [
        one for one in call.store.users
        if one.active and one.account_type == "atlassian" and not {one.account, one.login, one.key} & excluded]
    found = [one for one in known if any(text in part.lower() for part in (one.name, one.email, one.login))]
    shown = [_user(call, one, text) for one in found[:_size(call, LARGEST)]]
    return {"users": shown, "total": len(found),
            "header": f"Showing {len(shown)} of {len(found)} matching users"}


def _user(call, one, text):
    person = f"{one.name} - {one.email}" + ("" if call.site.cloud else f" ({one.login})")
    shown = {"html": _marked(person, text), "displayName": one.name}
    shown |= ({"accountId": one.account, "accountType": one.account_type} if call.site.cloud
              else {"name": one.login, "key": one.key})
    if call.query.get("showAvatar"):
        shown["avatarUrl"] = next(iter(call.view.person(one)["avatarUrls"].values()))
    return shown


def _groups(call, excluded):
    text = call.query.get("query", "")
    fold = str.lower if call.query.get("caseInsensitive") or not call.site.cloud else str
    known = [] if call.anonymous else [one for one in call.store.groups if not {one.name, one.id} & excluded]
    found = [one for one in known if fold(text) in fold(one.name)]
    shown = [{"name": one.name, "html": _marked(one.name, text), "labels": []}
             | ({"groupId": one.id} if call.site.cloud else {}) for one in found[:_size(call, 20)]]
    return {"groups": shown, "total": len(found),
            "header": f"Showing {len(shown)} of {len(found)} matching groups"}


def _marked(text, part):
    """What was typed in bold."""
    at = text.lower().find(part.lower()) if part else -1
    if at < 0:
        return html.escape(text)
    end = at + len(part)
    return f"{html.escape(text[:at])}<b>{html.escape(text[at:end])}</b>{html.escape(text[end:])}"


@route("GET", API + "issue/picker", query=ISSUES)
def issues(call):
    """Sections: the issues seen last, and those of currentJQL."""
    text = call.query.get("query", "").lower()
    every = [] if call.anonymous else sorted(call.store.issues.values(), key=lambda one: one.updated, reverse=True)
    sections = [_section(call, "hs", "History Search", every[:MOST_ISSUES], text)]
    if "currentJQL" in call.query:
        found = search(call.store, call.site, call.user, call.query["currentJQL"])
        sections.append(_section(call, "cs", "Current Search", found, text))
    return reply.ok({"sections": sections})


def _section(call, name, label, known, text):
    found = [one for one in known if (text in one.key.lower() or text in one.summary.lower())
             and one.key != call.query.get("currentIssueKey")
             and (not one.issue_type.subtask or call.query.get("showSubTasks", True))][:MOST_ISSUES]
    shown = {"id": name, "label": label, "issues": [_issue(one, text) for one in found]}
    if not found:
        return shown | {"msg": "No matching issues"}
    return shown | {"sub": f"Showing {len(found)} of {len(known)} matching issues"}


def _issue(one, text):
    return {"id": one.id, "key": one.key, "keyHtml": _marked(one.key, text), "summary": _marked(one.summary, text),
            "summaryText": one.summary,
            "img": f"/images/icons/issuetypes/{one.issue_type.name.lower().replace(' ', '')}.png"}
