"""Dashboards, workflows, and the contexts of fields with options."""

from entities import Dashboard, FieldContext, Option, Workflow

#              name                 owner     description
DASHBOARDS = (("System Dashboard", None, ""), ("Operations today", "bjorn", "What burns, and who is on call."),
              ("Shop releases", "priya", ""))
WORKFLOWS = (("5ed312c5-f7a6-4a78-a1f6-8ff7f307d063", "Software workflow", "From To Do to Done, with a review."),
             ("b9ff2384-d3b6-4d4e-9509-3ee19f607168", "jira", "The default of Jira."))
OF_HR = ("Payroll system", "Badge reader")      # areas that only one project has


def add(store):
    people = {user.login: user for user in store.users}
    store.dashboards = [Dashboard(number, name, people.get(owner), description)
                        for number, (name, owner, description) in enumerate(DASHBOARDS, 10000)]
    store.workflows = [Workflow(*entry) for entry in WORKFLOWS]
    own = [Option(number, value, disabled=number % 2 == 1) for number, value in enumerate(OF_HR, 10250)]
    for field, name, options in (("customfield_10032", "Default", store.severities),
                                 ("customfield_10033", "Default", store.areas),
                                 ("customfield_10033", "People & Culture", own),
                                 ("customfield_10034", "Default", store.locations)):
        store.contexts.append(FieldContext(store.next_id("context"), field, name, options))
