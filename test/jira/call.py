"""One operation being carried out: who calls, with what, on which record."""

import errors
import history


class Call:
    def __init__(self, site, store, caller, view, place, path, query, body, headers):
        self.site = site
        self.store = store
        self.caller = caller
        self.view = view
        self.place = place      # the template of the path
        self.path = path
        self.query = query
        self.body = body
        self.headers = headers

    @property
    def user(self):
        return self.caller.user

    @property
    def anonymous(self):
        return self.caller.user is None

    def asked(self, name):
        """A parameter of names, from the query."""
        return self.query.get(name) or []

    def issue(self):
        """The issue of the path. Nothing here is public: an anonymous caller finds none."""
        issue = None if self.anonymous else self.store.issue(self.path["issue"])
        if issue is None:
            raise errors.issue_not_found(self.site, self.anonymous)
        return issue

    def administrators_only(self):
        if not self.user.admin:
            raise errors.read_only()

    def changing(self, issue):
        """A block that changes the issue; what it changed is told in the issue's history."""
        return history.recorded(self.store, issue, self.user)

    def project(self):
        project = None if self.anonymous else self.store.project(self.path["project"])
        if project is None:
            raise errors.refusal(404, f"No project could be found with key '{self.path['project']}'.")
        return project
