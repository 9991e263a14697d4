"""Many issues, quickly: the project BULK."""

from datetime import timedelta

from entities import Issue, Project, RichText
from sample.people import assignable
from sample.projects import today


def add(store, number):
    project = store.projects.get("BULK") or _project(store)
    people, kinds, midnight = assignable(store), store.issue_types[1:3], today()
    for place in range(1, number + 1):
        created = midnight - timedelta(minutes=number - place + 1)
        store.add_issue(Issue(
            id=store.next_id("issue"), number=place, project=project, issue_type=kinds[place % 2],
            summary=f"Generated issue {place} of {number}", status=store.statuses[place % 3],
            priority=store.priorities[place % 5], reporter=people[0], creator=people[0],
            assignee=people[place % len(people)], created=created, updated=created, status_changed=created,
            description=RichText(f"The description of generated issue {place}."), labels=[f"bulk-{place % 10}"]))
    project.last_number = number


def _project(store):
    project = Project(store.next_id("project"), "BULK", "Bulk", store.users[0], "Generated issues.")
    project.issue_types = list(store.issue_types)
    store.projects["BULK"] = project
    return project
