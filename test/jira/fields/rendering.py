"""An issue as JSON."""

import history
from fields.codecs import Rich
from view import rendered
from workflow import available, show_transition

EMBEDDED_CHANGES = 100
EXPANSIONS = {
    True: "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations,customfield_10016",
    False: "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
}


def show_issue(issue, view, selection, expand=(), properties=()):
    if selection.bare:
        return _bare(issue, view, selection.with_key)
    shown = {"expand": EXPANSIONS[view.site.cloud], "id": str(issue.id), "self": f"{view.api}/issue/{issue.id}",
             "key": issue.key, "fields": show_fields(issue, view, selection.fields)}
    for name in expand:
        if name in EXPANDED:
            shown[name] = EXPANDED[name](issue, view, selection.fields)
    if properties:
        shown["properties"] = {name: value for name, value in issue.properties.items()
                               if name in properties or "*all" in properties}
    return shown


def _bare(issue, view, with_key):
    if not with_key:
        return {"id": str(issue.id)}
    return {"expand": "", "id": str(issue.id), "self": f"{view.api}/issue/{issue.id}", "key": issue.key}


def show_fields(issue, view, fields):
    """Rendered values are kept by API version until the issue changes."""
    kept = issue.shown.setdefault(view.version, {})
    shown = {}
    for field in fields:
        if view.site.oddities.hides(field.id, issue):
            continue
        if field.personal:
            shown[field.id] = field.show(issue, view)
            continue
        if field.id not in kept:
            kept[field.id] = field.show(issue, view)
        shown[field.id] = kept[field.id]
    return shown


def names(fields):
    return {field.id: field.name for field in fields}


def schemas(site, fields):
    return {field.id: field.schema(site) for field in fields if field.type}


def _rendered_fields(issue, view, fields):
    return {field.id: rendered(getattr(issue, field.attribute)) if isinstance(field.codec, Rich) else None
            for field in fields}


def _transitions(issue, view, fields):
    return [show_transition(transition, view) for transition in available(issue)]


def _changelog(issue, view, fields):
    """The newest first, and only some, on Cloud; Server begins with the oldest."""
    found = issue.history[::-1][:EMBEDDED_CHANGES] if view.site.cloud else issue.history
    return {"startAt": 0, "maxResults": len(found), "total": len(issue.history),
            "histories": [history.show(change, view) for change in found]}


EXPANDED = {
    "names": lambda issue, view, fields: names(fields),
    "schema": lambda issue, view, fields: schemas(view.site, fields),
    "renderedFields": _rendered_fields,
    "transitions": _transitions,
    "changelog": _changelog,
    "operations": lambda issue, view, fields: {"linkGroups": []},
}
