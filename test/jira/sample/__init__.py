"""The sample data: believable, and the same on every start but for the day it is counted from."""

from sample import audit, basics, bulk, files, history, issues, links, overviews, people, projects


def fill(store, site):
    people.add(store)
    basics.add(store)
    links.add_types(store)
    projects.add(store)
    overviews.add(store)
    issues.add(store, site)
    files.add(store)
    history.add(store)
    links.add(store)
    audit.add(store)


add_bulk = bulk.add
add_people = people.add_bulk
