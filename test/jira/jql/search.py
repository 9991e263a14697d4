"""A query carried out over the store."""

from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from fields.catalogue import FIELDS
from jql.parser import parse
from jql.problems import JqlError, collected
from jql.searchable import KEY, TEXT, UNSORTABLE, field_named, kind_of
from jql.tree import And, Clause, Not, Or, Value, Words
from moments import now

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
MOST_ORDER_KEYS = 7     # of Cloud's search/jql
LIST_CUT = {"type": "CLAUSE_LIMIT_EXCEEDED", "message": "A clause of the query exceeds its limit of values."}
FIELD_IDS = {name.lower(): field.id for field in FIELDS for name in field.clauses}


@dataclass
class Context:
    """Who asks, and what the values of a query are looked up in."""

    store: object
    site: object
    user: object
    validate: bool = True
    timely: bool = False    # set when the answer depends on the time
    hopeless: bool = False  # set when the query names what nobody knows, and the site is silent about that

    @property
    def moment(self):
        """Now, in the time zone of the account's profile."""
        self.timely = True
        return now().astimezone(ZoneInfo(self.user.time_zone) if self.user and self.user.time_zone
                                else self.site.zone)


def search(store, site, user, jql, validate=True, bounded=False):
    """The issues that match, in order. An anonymous caller sees no project, hence no issue."""
    question = (jql, user, validate, bounded, site.unknown_keys, site.unknown_accounts)
    known = store.recall(question)
    if known is not None:
        return known
    context = Context(store, site, user, validate)
    query = parse(jql, _words_allowed(site))
    if bounded:
        _check_bounds(query)
    matches, keys = collected((lambda: compile_where(query.where, context),
                               lambda: compile_order(query.order, context)))
    found = [] if user is None or context.hopeless else [issue for issue in _indexed(context) if matches(issue)]
    _sort(found, keys)
    if not context.timely:
        store.remember(question, found)
    return found


def _indexed(context):
    """What the index has by now."""
    issues = context.store.issues.values()
    if not context.site.search_delay:
        return issues
    newest = context.moment - timedelta(seconds=context.site.search_delay)
    return [issue for issue in issues if issue.created <= newest]


def _check_bounds(query):
    if query.where is None:
        raise JqlError(UNBOUNDED)
    if len(query.order) > MOST_ORDER_KEYS:
        raise JqlError(f"The maximum number of fields in ORDER BY is {MOST_ORDER_KEYS}.")


def compile_where(node, context):
    """A predicate on issues; raises JqlError for what cannot be searched, even where it would not be reached."""
    if node is None:
        return lambda issue: True
    if isinstance(node, (And, Or)):
        parts = collected(lambda part=part: compile_where(part, context) for part in node.parts)
        combine = all if isinstance(node, And) else any
        return lambda issue: combine(part(issue) for part in parts)
    if isinstance(node, Not):
        part = compile_where(node.part, context)
        return lambda issue: not part(issue)
    if isinstance(node, Words):
        return TEXT.predicate(Clause("text", "~", Value(node.text, True)), context)
    return _shown_only(node.field, field_named(node.field, context.site).predicate(_cut(node, context), context), context)


def _cut(clause, context):
    """Of a list that is longer than the limit the first values count."""
    most = context.site.oddities.list_limit
    return replace(clause, operand=clause.operand[:most]) if _too_long(clause, most) else clause


def _too_long(clause, most):
    return most and isinstance(clause.operand, tuple) and len(clause.operand) > most


def warnings_of(site, jql):
    """What a search says beside its issues."""
    query = parse(jql, _words_allowed(site))
    cut = any(_too_long(clause, site.oddities.list_limit) for clause in _clauses(query.where))
    return site.oddities.warnings + ([LIST_CUT if site.cloud else LIST_CUT["message"]] if cut else [])


def _clauses(node):
    if isinstance(node, (And, Or)):
        return [clause for part in node.parts for clause in _clauses(part)]
    if isinstance(node, Not):
        return _clauses(node.part)
    return [node] if isinstance(node, Clause) else []


def _shown_only(name, predicate, context):
    """The index has nothing of a field that is hidden, not even that it is empty."""
    hidden, field_id = context.site.oddities.hidden, FIELD_IDS.get(name.lower())
    if not any(field_id in fields for fields in hidden.values()):
        return predicate
    return lambda issue: not context.site.oddities.hides(field_id, issue) and predicate(issue)


def compile_order(order, context):
    return collected(lambda field=field, descending=descending: _order_key(field, descending, context)
                     for field, descending in order)


def check(call, jql):
    """Whether it could be carried out; JqlError tells why not."""
    query = parse(jql, _words_allowed(call.site))
    context = context_for(call)
    compile_where(query.where, context)
    compile_order(query.order, context)


def _words_allowed(site):
    return (lambda name: kind_of(name, site) is not None) if site.cloud else None


def matching(context, jql):
    """A predicate on issues."""
    return compile_where(parse(jql, _words_allowed(context.site)).where, context)


def context_for(call, validate=True):
    return Context(call.store, call.site, call.user, validate)


def _order_key(field, descending, context):
    kind = field_named(field, context.site)
    if kind in UNSORTABLE:
        raise JqlError(f"Field '{field}' does not support ordering.")
    return kind, kind.newest_first if descending is None else descending


def _sort(issues, keys):
    """Without an order the newest key comes first, as in Jira; it also settles ties."""
    issues.sort(key=KEY.sort_key, reverse=True)
    for kind, descending in reversed(keys):
        issues.sort(key=kind.sort_key, reverse=descending)
