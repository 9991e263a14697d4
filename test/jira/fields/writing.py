"""The `fields` and `update` members of a create or an edit, checked field by field."""

from fields.catalogue import find, fields_of
from fields.codecs import Invalid, Scope

UNSETTABLE = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class Draft:
    """Collects the values to set and the errors, so that a refusal names every wrong field at once."""

    def __init__(self, scope):
        self.scope = scope
        self.values = {}        # by attribute of Issue
        self.errors = {}

    def refuse(self, field_id, message):
        self.errors.setdefault(field_id, message)

    def take(self, fields, update):
        for field_id, value in fields.items():
            self._write(field_id, lambda field, given=value: field.codec.decode(given, self.scope))
        for field_id, operations in update.items():
            if field_id in fields:
                self.refuse(field_id, f"Field '{field_id}' cannot appear in both 'fields' and 'update'")
            elif field_id != "comment":
                self._write(field_id, lambda field, given=operations: self._operate(field, given))

    def _write(self, field_id, read):
        field = find(self.scope.site, field_id)
        if field is None or not self._allowed(field):
            self.refuse(field_id, UNSETTABLE.format(field_id))
            return
        try:
            self.values[field.attribute] = read(field)
        except Invalid as problem:
            self.refuse(problem.field or field_id, str(problem))

    def _allowed(self, field):
        if field.id == "parent" and not self.scope.site.cloud:
            return bool(self.scope.issue_type and self.scope.issue_type.subtask)
        return field.writable or field.creatable and self.scope.issue is None

    def _current(self, field):
        if field.attribute in self.values:
            return self.values[field.attribute]
        return getattr(self.scope.issue, field.attribute) if self.scope.issue else field.codec.empty

    def _operate(self, field, operations):
        if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
            raise Invalid("data was not an array")
        value = self._current(field)
        for operation in operations:
            for verb, operand in operation.items():
                value = self._apply(field, verb, operand, value)
        return value

    def _apply(self, field, verb, operand, value):
        if verb not in field.codec.operations:
            raise Invalid(f"Field '{field.id}' does not support operation '{verb}'")
        if verb == "set":
            if field.id == "parent" and operand == {"none": True}:
                return None
            return field.codec.decode(operand, self.scope)
        item = field.codec.decode_item(operand, self.scope)
        rest = [one for one in value if one != item]
        return rest + [item] if verb == "add" else rest


def draft_for_creation(store, site, version, fields, update):
    """Project and issue type first: they decide what the others may be."""
    scope = Scope(store, site, version, None, None)
    draft = Draft(scope)
    scope.project = _project(draft, fields)
    scope.issue_type = _issue_type(draft, fields) if scope.project else None
    if scope.project is None:
        return draft
    rest = {name: value for name, value in fields.items() if name not in ("project", "issuetype")}
    draft.values |= {"project": scope.project, "issue_type": scope.issue_type}
    if scope.issue_type:
        draft.take(rest, update)
        _require(draft, fields, update)
    return draft


def draft_for_edit(store, site, version, issue, fields, update):
    draft = Draft(Scope(store, site, version, issue.project, issue.issue_type, issue))
    draft.take(fields, update)
    return draft


def _project(draft, fields):
    given = fields.get("project")
    missing, wrong = (("Specify a valid project ID or key",) * 2 if draft.scope.site.cloud
                      else ("project is required", "valid project is required"))
    if given is None:
        draft.refuse("project", missing)
        return None
    if not isinstance(given, dict):
        draft.refuse("project", "data was not an object")
        return None
    wanted = given.get("id") or given.get("key")
    project = draft.scope.store.project(wanted) if isinstance(wanted, str) and wanted else None
    if project is None:
        draft.refuse("project", wrong)
    return project


def _issue_type(draft, fields):
    given = fields.get("issuetype")
    if given is None:
        draft.refuse("issuetype", "Specify a valid issue type" if draft.scope.site.cloud else "issue type is required")
        return None
    try:
        return find(draft.scope.site, "issuetype").codec.decode(given, draft.scope)
    except Invalid:
        draft.refuse("issuetype", "data was not an object" if not isinstance(given, dict) else
                     "Specify a valid issue type" if draft.scope.site.cloud else "valid issue type is required")
        return None


def _require(draft, fields, update):
    if "summary" not in fields and "summary" not in update:
        draft.refuse("summary", "You must specify a summary of the issue.")
    if draft.scope.issue_type.subtask and draft.values.get("parent") is None:
        draft.refuse("parent", "Issue type is a sub-task but parent issue key or id not specified.")


def creatable_fields(site, issue_type):
    return [field for field in fields_of(site) if (field.writable or field.creatable)
            and (field.id != "parent" or site.cloud or issue_type.subtask)]
