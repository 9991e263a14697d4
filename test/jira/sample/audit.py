"""A year of audit records, oldest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from entities import User
from sample.projects import today

RECORDS = 120
#        summary                      category             type     field        from           to
KINDS = (("User added to group", "group management", "GROUP", None, None, None),
         ("User created", "user management", "USER", None, None, None),
         ("Project roles changed", "projects", "PROJECT", "Users", "", "demo"),
         ("Workflow updated", "workflows", "WORKFLOW", "Status", "Waiting", "In Review"),
         ("Global permission added", "permissions", "PERMISSIONS", "Group", "", "developers"),
         ("Custom field updated", "fields", "CUSTOM_FIELD", "Name", "Points", "Story Points"))


@dataclass(eq=False, slots=True)
class Record:
    id: int
    created: datetime
    author: User
    summary: str
    category: str
    object_type: str
    object_name: str
    change: dict | None
    address: str


def add(store):
    names = [user.name for user in store.users]
    authors = [user for user in store.users if user.admin or user.login == "bjorn"]
    for number in range(RECORDS):
        summary, category, kind, field, before, after = KINDS[number % len(KINDS)]
        change = {"fieldName": field, "changedFrom": before, "changedTo": after} if field else None
        created = today() - timedelta(hours=(RECORDS - number) * 72) + timedelta(milliseconds=number * 7919)
        store.audit.append(Record(number + 1, created, authors[number % len(authors)], summary, category, kind,
                                  names[number % len(names)], change, f"192.0.2.{number % 250 + 1}"))
