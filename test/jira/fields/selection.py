"""The `fields` parameter: *all, *navigable, names, and -name to leave one out."""

from fields.catalogue import FIELDS, find, fields_of

ALL = "*all"
NAVIGABLE = "*navigable"
IDENTITY = ("id", "key", "issuekey")


class Selection:
    """Which fields of an issue to show; None for none at all."""

    def __init__(self, fields, with_key=True):
        self.fields = fields
        self.with_key = with_key

    @property
    def bare(self):
        """Only id and key: Jira then sends no `fields` member and allows large pages."""
        return self.fields is None


def single_valued(site, names):
    """Are these fields, each by its id, and none of them a list?"""
    return all(name in IDENTITY or (field := find(site, name)) and field.single for name in names)


def select(site, names, default):
    """`names` as the caller gave them, an empty list for none."""
    names = names or [default]
    included = {}
    excluded = set()
    for name in names:
        if name.startswith("-"):
            excluded.add(name[1:])
        else:
            included.update(_expand(site, name))
    if not included and excluded:
        included = _expand(site, default)
    return Selection([field for name, field in included.items() if name not in excluded])


def _expand(site, name):
    if name == ALL:
        return {field.id: field for field in fields_of(site)}
    if name == NAVIGABLE:
        return {field.id: field for field in fields_of(site) if field.navigable}
    field = find(site, name) or _by_name(site, name)
    return {field.id: field} if field else {}    # Jira is silent about fields it does not know


def _by_name(site, name):
    """Fields are found in any case."""
    lowered = name.lower()
    return next((field for field in FIELDS if field.id.lower() == lowered and site.deployment in field.deployments),
                None)


def select_for_search(site, names):
    """Cloud's search/jql: ids alone unless something is asked for; id and key are no fields."""
    names = names or ["id"]
    asked = [name for name in names if name not in IDENTITY]
    if asked:
        return select(site, asked, "id")
    return Selection(None, with_key=any(name != "id" for name in names))
