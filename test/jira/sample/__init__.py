"""The sample data: believable, and the same on every start but for the day it is counted from."""

from sample import audit, basics, bulk, files, issues, people, projects


def fill(store, site):
    people.add(store)
    basics.add(store)
    projects.add(store)
    issues.add(store, site)
    files.add(store)
    audit.add(store)


add_bulk = bulk.add
add_people = people.add_bulk
