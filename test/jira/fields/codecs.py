"""How one kind of field value is shown, and how it is read from a write."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timezone

import richtext
from moments import stamp

MANY = ("add", "set", "remove")


class Invalid(Exception):
    """A value that Jira refuses; `field` where the error belongs to another key than the field's own."""

    def __init__(self, message, field=None):
        super().__init__(message)
        self.field = field


@dataclass
class Scope:
    """What the validity of a value depends on."""

    store: object
    site: object
    version: str
    project: object
    issue_type: object
    issue: object = None


class Codec:
    operations = ("set",)
    empty = None

    def encode(self, value, view):
        return value

    def decode(self, value, scope):
        raise NotImplementedError

    def allowed(self, scope, view):
        """What can be chosen from; None where there is no such list."""
        return None


class Line(Codec):
    def __init__(self, name, longest=255):
        self.name = name
        self.longest = longest

    def decode(self, value, scope):
        if value is None or value == "":
            raise Invalid(f"You must specify a {self.name} of the issue.")
        if not isinstance(value, str):
            raise Invalid("Operation value must be a string")
        if not value.strip():
            raise Invalid(f"You must specify a {self.name} of the issue.")
        if len(value) > self.longest:
            raise Invalid(f"{self.name.capitalize()} can't exceed {self.longest} characters.")
        if "\n" in value or "\r" in value:
            raise Invalid(f"The {self.name} is invalid because it contains newline characters.")
        return value.strip()


class Rich(Codec):
    """A string in version 2, a document in version 3; neither takes the other."""

    longest = 32767

    def encode(self, value, view):
        return view.rich(value)

    def decode(self, value, scope):
        if value is None or value == "" and scope.version != "3":
            return None
        if scope.version == "3":
            return self._document(value)
        if not isinstance(value, str):
            raise Invalid("Operation value must be a string")
        if len(value) > self.longest:
            raise Invalid(f"The entered text is too long. It exceeds the allowed limit of {self.longest:,} characters.")
        return richtext.from_text(value)

    @staticmethod
    def _document(value):
        try:
            return richtext.from_document(value)
        except richtext.NotADocument:
            raise Invalid("Operation value must be an Atlassian Document (see the Atlassian Document Format)") from None


class Moment(Codec):
    """Written as Jira writes it: with milliseconds, and an offset without a colon."""

    def encode(self, value, view):
        return stamp(value)

    def decode(self, value, scope):
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Invalid("Operation value must be a string")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{4}", value, re.ASCII):
            raise Invalid(f"Error parsing time: {value}")
        try:
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(timezone.utc)
        except (ValueError, OverflowError):
            raise Invalid(f"Error parsing time: {value}") from None


class Day(Codec):
    def encode(self, value, view):
        return value and value.isoformat()

    def decode(self, value, scope):
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Invalid("Operation value must be a string")
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise Invalid(f"Error parsing date string: {value}")


class Number(Codec):
    def decode(self, value, scope):
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Invalid("Operation value must be a number")
        return float(value)


class Labels(Codec):
    operations = MANY
    empty = ()

    def decode_item(self, value, scope):
        if not isinstance(value, str) or not value:
            raise Invalid("string expected at index 0")
        if re.search(r"\s", value):
            raise Invalid(f"The label '{value}' contains spaces which is invalid.")
        if len(value) > 255:
            raise Invalid(f"The label '{value}' exceeds the limit of 255 characters.")
        return value

    def encode(self, value, view):
        return list(value)

    def decode(self, value, scope):
        return sorted(set(_items(value, self, scope)))


class Tags(Labels):
    """A list of texts; null where there is none."""

    def encode(self, value, view):
        return list(value) or None


class Person(Codec):
    """A user: {"accountId"} or {"id"} on Cloud, {"name"} on Server."""

    def encode(self, value, view):
        return view.person(value)

    def decode(self, value, scope):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Invalid("data was not an object")
        members = ("accountId", "id") if scope.site.cloud else ("name",)
        given = next((value[name] for name in members if name in value), None)
        if given is None:
            return None
        user = scope.store.user(given, scope.site)
        if user is None:
            raise Invalid(f"User '{given}' does not exist.")
        if not user.active or user.account_type == "app":
            raise Invalid(f"User '{given}' cannot be assigned issues.")
        return user


class Named(Codec):
    """One of a known set, by id or name."""

    def __init__(self, label, shape, choices, name="name", required=False):
        self.label = label
        self.shape = shape          # the view's method
        self.choices = choices      # scope -> records
        self.name = name
        self.required = required

    def encode(self, value, view):
        return value and getattr(view, self.shape)(value)

    def decode(self, value, scope):
        if value is None:
            if self.required:
                raise Invalid(f"{self.label} is required.")
            return None
        if not isinstance(value, dict):
            raise Invalid("data was not an object")
        return self._chosen(value, self.choices(scope))

    def allowed(self, scope, view):
        return [self.encode(choice, view) for choice in self.choices(scope)]

    def _chosen(self, value, choices):
        for member, wanted in (("id", value.get("id")), (self.name, value.get(self.name))):
            if wanted is None:
                continue
            for choice in choices:
                if str(getattr(choice, member)) == str(wanted):
                    return choice
            raise Invalid(f"{self.label} {member} '{wanted}' is not valid")
        raise Invalid(f"Could not find valid 'id' or '{self.name}' in the {self.label.lower()} object.")


class People(Codec):
    """Several users."""

    operations = MANY
    empty = ()
    one = Person()

    def encode(self, value, view):
        return [self.one.encode(item, view) for item in value] or None

    def decode_item(self, value, scope):
        user = self.one.decode(value, scope)
        if user is None:
            raise Invalid("data was not an object" if value is None else "A user must be given.")
        return user

    def decode(self, value, scope):
        return list(dict.fromkeys(_items(value, self, scope)))


class Text(Codec):
    """One line that may be empty."""

    def decode(self, value, scope):
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Invalid("Operation value must be a string")
        if len(value) > 255:
            raise Invalid("The entered text is too long. It exceeds the allowed limit of 255 characters.")
        return value


class Cascade(Codec):
    """An option and, where given, one of the options below it."""

    def encode(self, value, view):
        if not value:
            return None
        outer, inner = value
        return view.option(outer) | ({"child": view.option(inner)} if inner else {})

    def allowed(self, scope, view):
        return [view.option(one) | {"children": [view.option(child) for child in one.children]}
                for one in scope.store.locations]

    def decode(self, value, scope):
        if value is None:
            return None
        outer = self._chosen(value, scope.store.locations)
        child = value.get("child")
        return outer, None if child is None else self._chosen(child, outer.children)

    @staticmethod
    def _chosen(value, options):
        if not isinstance(value, dict):
            raise Invalid("data was not an object")
        for one in options:
            if value.get("value") == one.value or value.get("id") == str(one.id):
                return one
        raise Invalid(f"Option value '{value.get('value')}' is not valid")


class Crew(Codec):
    """A group, by its name."""

    def encode(self, value, view):
        return value and view.group(value)

    def decode(self, value, scope):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Invalid("data was not an object")
        for group in scope.store.groups:
            if value.get("name") == group.name:
                return group
        raise Invalid(f"Group '{value.get('name')}' does not exist.")


class ManyNamed(Codec):
    """A list of what another codec has one of."""

    operations = MANY
    empty = ()

    def __init__(self, one):
        self.one = one

    def encode(self, value, view):
        return [self.one.encode(item, view) for item in value]

    def decode_item(self, value, scope):
        if value is None:
            raise Invalid("data was not an object")
        return self.one.decode(value, scope)

    def allowed(self, scope, view):
        return self.one.allowed(scope, view)

    def decode(self, value, scope):
        return list(dict.fromkeys(_items(value, self, scope)))


def _items(value, codec, scope):
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("data was not an array")
    return [codec.decode_item(item, scope) for item in value]


class Related(Codec):
    """The parent: of a sub-task on both deployments, of every issue below an epic on Cloud."""

    def encode(self, value, view):
        return value and view.related(value)

    def decode(self, value, scope):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Invalid("data was not an object")
        given = value.get("key") or value.get("id")
        parent = scope.store.issue(given) if isinstance(given, str) and given else None
        if parent is None:
            raise Invalid("Could not find issue by id or key.")
        self._check_level(parent, scope)
        return parent

    @staticmethod
    def _check_level(parent, scope):
        if parent.issue_type.level != scope.issue_type.level + 1 or parent is scope.issue:
            raise Invalid("Given parent work item does not belong to appropriate hierarchy.", "parentId")
        if scope.issue_type.subtask and parent.project is not scope.project:
            raise Invalid("Sub-task must be in the same project as its parent.", "parentId")


class EpicLink(Codec):
    """Server: the epic's key."""

    def encode(self, value, view):
        return value and value.key

    def decode(self, value, scope):
        if value is None:
            return None
        epic = scope.store.issue(value) if isinstance(value, str) and value else None
        if epic is None or epic.issue_type.level != 1:
            raise Invalid(f"Issue with key '{value}' is not an Epic.")
        return epic


class Sprints(Codec):
    """Shown as a list of all sprints the issue was in; written as the id of one."""

    empty = ()

    def encode(self, value, view):
        return [view.sprint(sprint) for sprint in value] or None

    def decode(self, value, scope):
        if value is None:
            return []
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid("Number value expected as the Sprint id.")
        sprint = scope.store.sprint(value)
        if sprint is None:
            raise Invalid(f"Sprint with id {value} does not exist or you do not have permission to view it.")
        if sprint.state == "closed":
            raise Invalid("Issue can be assigned only active or future sprints.")
        return [sprint]
