"""The state: every record, and the indexes that keep look-ups quick."""

import threading
from collections import OrderedDict

from moments import now

REMEMBERED_SEARCHES = 32


class Store:
    def __init__(self):
        self.lock = threading.RLock()
        self.users = []
        self.groups = []
        self.projects = {}          # by key
        self.issue_types = []
        self.statuses = []
        self.status_categories = []
        self.priorities = []
        self.resolutions = []
        self.severities = []
        self.areas = []
        self.locations = []
        self.link_types = []
        self.links = {}             # by id
        self.roles = []
        self.categories = []        # of projects
        self.filters = []
        self.dashboards = []
        self.workflows = []
        self.contexts = []          # of fields with options
        self.tasks = {}             # by id
        self.boards = []
        self.sprints = []
        self.issues = {}            # by id
        self.keys = {}              # by key
        self.attachments = {}       # by id
        self.worklogs = {}          # by id
        self.removed_worklogs = []  # (id, when)
        self.webhooks = []
        self.app_webhooks = []
        self.audit = []
        self.searches = OrderedDict()
        self.generation = 0
        self._last_id = {}

    def next_id(self, kind):
        self._last_id[kind] = self._last_id.get(kind, 9999) + 1
        return self._last_id[kind]

    def user(self, identifier, site):
        """By accountId on Cloud, by login on Server."""
        for user in self.users:
            if (user.account if site.cloud else user.login) == identifier:
                return user
        return None

    def project(self, key_or_id):
        if key_or_id.isdigit():
            return next((one for one in self.projects.values() if one.id == int(key_or_id)), None)
        return self.projects.get(key_or_id)

    def issue(self, key_or_id):
        """Keys are found in any case, ids as they are."""
        if key_or_id.isdecimal() and key_or_id.isascii():
            return self.issues.get(int(key_or_id))
        return self.keys.get(key_or_id) or self.keys.get(key_or_id.upper())

    def sprint(self, number):
        return next((sprint for sprint in self.sprints if sprint.id == number), None)

    def add_issue(self, issue):
        issue.rank = issue.rank or issue.id
        self.issues[issue.id] = issue
        self.keys[issue.key] = issue
        if issue.parent:
            issue.parent.children.append(issue)
        self.changed(issue)

    def move_under(self, issue, parent):
        if issue.parent:
            issue.parent.children.remove(issue)
            self.changed(issue.parent)
        issue.parent = parent
        if parent:
            parent.children.append(issue)
            self.changed(parent)

    def move(self, issue, project):
        """Into another project; its old key goes on finding it."""
        project.last_number += 1
        issue.project, issue.number = project, project.last_number
        issue.components, issue.fix_versions, issue.versions, issue.sprints = [], [], [], []
        self.keys[issue.key] = issue

    def remove_issue(self, issue):
        for child in list(issue.children):
            if child.issue_type.subtask:
                self.remove_issue(child)
            else:
                self.move_under(child, None)
        self.move_under(issue, None)
        for attachment in issue.attachments:
            del self.attachments[attachment.id]
        for worklog in list(issue.worklogs):
            self.remove_worklog(worklog)
        for link in list(issue.links):
            self.unlink(link)
        del self.issues[issue.id]
        self.keys = {key: one for key, one in self.keys.items() if one is not issue}
        self.generation += 1

    def rename_project(self, project):
        """After its key was changed; the old keys are forgotten here."""
        self.projects = {one.key: one for one in self.projects.values()}
        self.keys = {issue.key: issue for issue in self.issues.values()}
        self.generation += 1

    def remove_project(self, project):
        for issue in [one for one in self.issues.values() if one.project is project]:
            if issue.id in self.issues:     # sub-tasks go with their parents
                self.remove_issue(issue)
        self.sprints = [one for one in self.sprints if one.board.project is not project]
        self.boards = [one for one in self.boards if one.project is not project]
        del self.projects[project.key]

    def changed(self, issue):
        """Forgets what was rendered of an issue and of those that show a part of it."""
        self.generation += 1
        issue.shown.clear()
        if issue.parent:
            issue.parent.shown.clear()
        for child in issue.children:
            child.shown.clear()

    def attach(self, attachment):
        self.attachments[attachment.id] = attachment
        attachment.issue.attachments.append(attachment)

    def log_work(self, worklog):
        self.worklogs[worklog.id] = worklog
        worklog.issue.worklogs.append(worklog)

    def remove_worklog(self, worklog):
        worklog.issue.worklogs.remove(worklog)
        del self.worklogs[worklog.id]
        self.removed_worklogs.append((worklog.id, now()))

    def link(self, link):
        self.links[link.id] = link
        for issue in dict.fromkeys((link.inward, link.outward)):
            issue.links.append(link)
            self.changed(issue)

    def unlink(self, link):
        del self.links[link.id]
        for issue in dict.fromkeys((link.inward, link.outward)):
            issue.links.remove(link)
            self.changed(issue)

    def touch(self, issue):
        issue.updated = now()
        self.changed(issue)

    def recall(self, question):
        """A search whose answer cannot have changed, so that its further pages cost nothing."""
        question = (self.generation, question)
        if question in self.searches:
            self.searches.move_to_end(question)
        return self.searches.get(question)

    def remember(self, question, answer):
        self.searches[self.generation, question] = answer
        while len(self.searches) > REMEMBERED_SEARCHES:
            self.searches.popitem(last=False)
