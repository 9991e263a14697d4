"""The kinds of searchable fields: which operators they take, what values mean, how they sort."""

from datetime import datetime

from jql import functions, words
from jql.dates import parse_date, parse_milliseconds
from jql.problems import JqlError, bad_date, collected, no_operator, no_value
from jql.tree import EMPTY, Call

EQUALITY = ("=", "!=", "in", "not in", "is", "is not")
ORDERED = EQUALITY + ("<", "<=", ">", ">=")
CONTAINS = ("~", "!~", "is", "is not")
COMPARE = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


class Kind:
    operators = EQUALITY
    function_kind = None
    newest_first = False        # the order of ORDER BY without ASC or DESC

    def __init__(self, values):
        self.values = values    # (issue) -> list

    def predicate(self, clause, context):
        if clause.operator not in self.operators:
            raise no_operator(clause.operator.upper() if clause.operator.isalpha() else clause.operator, clause.field)
        if clause.operator in ("is", "is not"):
            return self._emptiness(clause)
        if clause.operator in ("=", "!=", "in", "not in"):
            return self._membership(clause, context)
        return self._comparison(clause, context)

    def _emptiness(self, clause):
        if clause.operand is not EMPTY:
            raise JqlError(f"The operator '{clause.operator}' only supports the values 'EMPTY' and 'NULL'.")
        filled = clause.operator == "is not"
        return lambda issue: bool(self.values(issue)) is filled

    def _membership(self, clause, context):
        wanted = set(self.operands(clause, context))
        if clause.operator in ("=", "in"):
            return lambda issue: self._among(issue, wanted)
        return lambda issue: bool(self.values(issue)) and not self._among(issue, wanted)

    def _among(self, issue, wanted):
        values = self.values(issue)
        return any(value in wanted for value in values) if values else None in wanted

    def operands(self, clause, context):
        """The values meant; None stands for EMPTY."""
        if isinstance(clause.operand, tuple) and clause.operator not in ("in", "not in"):
            raise JqlError(f"Operator '{clause.operator}' does not support searching for list value.")
        listed = clause.operand if isinstance(clause.operand, tuple) else (clause.operand,)
        found = collected(lambda operand=operand: self._meant(operand, clause.field, context) for operand in listed)
        return [value for values in found for value in values]

    def _meant(self, operand, field, context):
        if operand is EMPTY:
            return [None]
        if isinstance(operand, Call):
            return functions.call(operand, field, self.function_kind, context)
        return self.find_operand(operand, field, context)

    def find_operand(self, operand, field, context):
        return self.find(operand.text, field, context)

    def find(self, text, field, context):
        raise NotImplementedError

    def suggested(self, context):
        """The values that can be told beforehand."""
        return []

    def rank(self, value):
        return value

    def _comparison(self, clause, context):
        compare = COMPARE[clause.operator]
        bounds = [self.rank(bound) for bound in self.operands(clause, context) if bound is not None]
        return lambda issue: any(compare(self.rank(value), bound) for value in self.values(issue) for bound in bounds)

    def sort_key(self, issue):
        values = self.values(issue)
        return (0, min(self.rank(value) for value in values)) if values else (1,)


class Entity(Kind):
    """Records that are named: by name in any case, or by id."""

    def __init__(self, values, choices, names=("name",), function_kind=None):
        super().__init__(values)
        self.choices = choices          # (context) -> records
        self.names = names
        self.function_kind = function_kind

    def find(self, text, field, context):
        lowered = text.lower()
        choices = list(self.choices(context))
        found = [one for one in choices if any(str(getattr(one, name)).lower() == lowered for name in self.names)]
        found = found or [one for one in choices if str(one.id) == text]
        if not found and context.validate:
            raise no_value(text, field)
        return found

    def suggested(self, context):
        return [str(getattr(one, self.names[-1])) for one in self.choices(context)]

    def rank(self, value):
        return getattr(value, self.names[-1]).lower()


class Project(Entity):
    def find(self, text, field, context):
        return [None] if context.user is None else super().find(text, field, context)

    def rank(self, value):
        return value.key


class Resolution(Entity):
    def find(self, text, field, context):
        return [None] if text.lower() == "unresolved" else super().find(text, field, context)


class Ranked(Entity):
    """Priorities: the highest has the lowest id, and is the greatest."""

    operators = ORDERED
    newest_first = True

    def rank(self, value):
        return -value.id


class Person(Kind):
    function_kind = "user"

    def find(self, text, field, context):
        users = self._named(text, context)
        if not users and context.validate:
            context.hopeless |= context.site.unknown_accounts == "empty"
            if not context.hopeless:
                raise no_value(text, field)
        return users

    @staticmethod
    def _named(text, context):
        """Server looks for a user name in any case, and then for a full name or an e-mail address."""
        if context.site.cloud:
            user = context.store.user(text, context.site)
            return [user] if user else []
        lowered, users = text.lower(), context.store.users
        return ([one for one in users if one.login.lower() == lowered] or
                [one for one in users if lowered in (one.name.lower(), one.email.lower())])

    def rank(self, value):
        return value.name.lower()


class Label(Kind):
    def suggested(self, context):
        return [label for issue in context.store.issues.values() for label in self.values(issue)]

    def find(self, text, field, context):
        return [text]


class Text(Kind):
    operators = CONTAINS

    def predicate(self, clause, context):
        if clause.operator not in ("~", "!~"):
            return super().predicate(clause, context)
        if clause.operand is EMPTY or isinstance(clause.operand, (tuple, Call)):
            raise JqlError(f"The operator '{clause.operator}' needs a text for the field '{clause.field}'.")
        if not clause.operand.text.strip():
            raise JqlError(f"The field '{clause.field}' does not support searching for an empty string.")
        matches = words.matcher(clause.operand.text)
        if clause.operator == "~":
            return lambda issue: any(matches(text) for text in self.values(issue))
        return lambda issue: bool(self.values(issue)) and not any(matches(text) for text in self.values(issue))

    def rank(self, value):
        return value.lower()


class Number(Kind):
    operators = ORDERED

    def find(self, text, field, context):
        """Jira reads a number as the language of the account writes it."""
        try:
            german = context.site.oddities.translated
            return [float(text.replace(".", "").replace(",", ".") if german else text)]
        except ValueError:
            raise JqlError(f"'{text}' is an invalid number for the field '{field}'.") from None


class Moment(Kind):
    operators = ORDERED
    function_kind = "date"
    newest_first = True

    def find_operand(self, operand, field, context):
        found = self._counted(operand, context) or parse_date(operand.text, context.moment)
        if found is None:
            raise bad_date(operand.text, field)
        return [found]

    def _counted(self, operand, context):
        return None if operand.quoted or not context.site.jql_epoch else parse_milliseconds(operand.text)


class Indexed(Moment):
    """A moment of which the index may keep the second only."""

    def predicate(self, clause, context):
        if not context.site.index_seconds:
            return super().predicate(clause, context)
        whole = Moment(lambda issue: [value.replace(microsecond=0) for value in self.values(issue)])
        return whole.predicate(clause, context)


class Day(Moment):
    """A date without a time: what it is compared with loses its own."""

    def operands(self, clause, context):
        found = super().operands(clause, context)
        return [value.date() if isinstance(value, datetime) else value for value in found]

    def _counted(self, operand, context):
        """The server turns milliseconds into a date in its own zone."""
        found = super()._counted(operand, context)
        return found and found.astimezone(context.site.zone)
