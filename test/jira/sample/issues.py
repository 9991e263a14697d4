"""The sample issues: a year of them, made from a seed."""

import random
import re
from datetime import timedelta

from entities import Comment, Issue, RichText
from sample import texts
from sample.people import assignable
from sample.projects import today

SEED = 20260401
SIZES = {"OPS": 105, "WEB": 120, "MOB": 85, "HR": 45}
DAYS = 365
TYPES = {"Story": 30, "Bug": 32, "Task": 28, "Sub-task": 10}
PATTERNS = {"Story": texts.STORIES, "Bug": texts.BUGS, "Task": texts.TASKS}
POINTS = (1, 2, 3, 5, 8, 13, 0.5)


def add(store, site):
    writer = Writer(store, site)
    for key, size in SIZES.items():
        writer.write_project(store.projects[key], size)


class Writer:
    def __init__(self, store, site):
        self.store = store
        self.site = site
        self.random = random.Random(SEED)
        self.today = today()
        self.people = assignable(store)
        self.types = {one.name: one for one in store.issue_types}
        self.said = set()

    def write_project(self, project, size):
        epics = [self._issue(project, "Epic", title, DAYS - number * 20)
                 for number, title in enumerate(texts.EPICS[project.key])]
        stories = []
        for number in range(len(epics), size):
            age = DAYS * (size - number) / size + self.random.uniform(-3, 0)
            kind = self._kind(stories)
            issue = self._issue(project, kind, self._summary(project, kind), max(age, 0.05))
            self._place(issue, kind, epics, stories)
            if kind == "Story":
                stories.append(issue)

    def _kind(self, stories):
        kind = self.random.choices(list(TYPES), TYPES.values())[0]
        return "Story" if kind == "Sub-task" and not stories else kind

    def _summary(self, project, kind):
        """Tries not to say the same thing twice."""
        patterns = texts.SUBTASKS if kind == "Sub-task" else PATTERNS[kind][project.key]
        for _ in range(8):
            summary = self.fill(self.random.choice(patterns))
            if summary not in self.said:
                break
        self.said.add(summary)
        return summary[0].upper() + summary[1:]

    def fill(self, pattern):
        return re.sub(r"\{(\w+)\}", lambda gap: self.random.choice(texts.GAPS[gap[1]]),
                      pattern.replace("{{code}}", "\0")).replace("\0", "{code}")

    def _issue(self, project, kind, summary, age):
        project.last_number += 1
        store, chance = self.store, self.random
        created = self.today - timedelta(days=age) + timedelta(seconds=chance.randrange(3600))
        issue = Issue(
            id=store.next_id("issue"), number=project.last_number, project=project, issue_type=self.types[kind],
            summary=summary, status=store.statuses[0], priority=chance.choices(store.priorities, (4, 18, 55, 17, 6))[0],
            reporter=chance.choice(self.people), creator=chance.choice(self.people), created=created, updated=created,
            description=self._description(kind), assignee=chance.choice([*self.people, None, None, None]))
        self._advance(issue, age)
        self._describe_further(issue, kind)
        self._discuss(issue)
        store.add_issue(issue)
        return issue

    def _description(self, kind):
        if self.random.random() < 0.12:
            return None
        parts = [self.random.choice(texts.CONTEXTS)]
        parts.append(self.random.choice(texts.BUG_STEPS if kind == "Bug" else texts.PLANS))
        if self.random.random() < 0.4:
            parts.append(self.random.choice(texts.PLANS))
        return RichText("\n\n".join(dict.fromkeys(self.fill(part) for part in parts)))

    def _advance(self, issue, age):
        """The older, the likelier done."""
        chance = self.random
        done = 0.92 if age > 60 else 0.35 if age > 10 else 0.1
        if issue.issue_type.level == 1:
            done = 0.4 if age > 300 else 0
        if chance.random() < done:
            issue.status = self.store.statuses[3]
            issue.resolution = chance.choices(self.store.resolutions, (80, 8, 6, 6))[0]
            issue.resolved = issue.created + timedelta(days=age * chance.uniform(0.05, 0.8))
            issue.updated = issue.status_changed = issue.resolved
        else:
            issue.status = chance.choices(self.store.statuses[:3], (60, 28, 12))[0]
            issue.updated = issue.status_changed = issue.created + timedelta(days=age * chance.uniform(0, 0.9))

    def _describe_further(self, issue, kind):
        chance, project = self.random, issue.project
        issue.labels = sorted(chance.sample(texts.LABELS, chance.choices((0, 1, 2, 3), (45, 35, 15, 5))[0]))
        issue.components = chance.sample(project.components, chance.choices((0, 1, 2), (25, 65, 10))[0])
        if project.versions and chance.random() < 0.5:
            issue.fix_versions = [chance.choice(project.versions)]
        if project.versions and kind == "Bug":
            issue.versions = [project.versions[0]]
        if chance.random() < 0.25:
            issue.due = (issue.created + timedelta(days=chance.randrange(7, 90))).date()
        issue.watchers = list(dict.fromkeys([issue.reporter, *chance.sample(self.people, chance.randrange(3))]))
        self._estimate(issue, kind)

    def _estimate(self, issue, kind):
        chance = self.random
        if kind in ("Story", "Bug") and chance.random() < 0.8:
            issue.story_points = float(chance.choice(POINTS))
        if kind == "Story":
            issue.acceptance = RichText("\n".join("* " + self.fill(one) for one in chance.sample(texts.ACCEPTANCE, 2)))
        if kind == "Bug":
            issue.severity = chance.choice(self.store.severities)
            issue.environment = RichText(self.fill(chance.choice(texts.ENVIRONMENTS)))
        if kind == "Task" and chance.random() < 0.5:
            issue.effort = chance.choice((0.25, 0.5, 1.0, 2.0, 3.5))

    def _discuss(self, issue):
        at = issue.created
        for _ in range(self.random.choices((0, 1, 2, 3, 5), (35, 28, 20, 12, 5))[0]):
            at += (self.today - at) * self.random.uniform(0.02, 0.3)
            body = RichText(self.fill(self.random.choice(texts.COMMENTS)))
            issue.comments.append(Comment(self.store.next_id("comment"), issue, self.random.choice(self.people), body,
                                          at, at))
            issue.updated = max(issue.updated, at)

    def _place(self, issue, kind, epics, stories):
        """Under an epic or a story, and into sprints."""
        if kind == "Sub-task":
            self.store.move_under(issue, self.random.choice(stories[-6:]))
        elif self.random.random() < 0.6:
            epic = self.random.choice(epics)
            if self.site.cloud:
                self.store.move_under(issue, epic)
            else:
                issue.epic = epic
        if kind != "Sub-task":
            self._schedule(issue)

    def _schedule(self, issue):
        """Work is in the sprint in which it was done, or in one to come."""
        sprints = [sprint for sprint in self.store.sprints if sprint.board.project is issue.project]
        if issue.resolved:
            issue.sprints = [sprint for sprint in sprints
                             if sprint.start and sprint.start <= issue.resolved < sprint.end]
        elif sprints and self.random.random() < 0.6:
            issue.sprints = [self.random.choice([one for one in sprints if one.state != "closed"])]
