"""Types of query parameters and request bodies, and their strict check."""

INT32 = 2 ** 31


class Mismatch(Exception):
    """A value that is not of its declared type; the message is for the caller."""


class Unknown(Exception):
    """A member that the operation does not declare."""

    def __init__(self, name, known):
        super().__init__(name)
        self.name = name
        self.known = known


class Type:
    optional = False    # as a body: may be left out

    def __init__(self, name, accepts):
        self.name = name
        self.accepts = accepts

    def check(self, value, where):
        if value is not None and not self.accepts(value):
            raise Mismatch(f"{where}: {self.name} expected")


class ListOf(Type):
    def __init__(self, item):
        super().__init__("array", lambda value: isinstance(value, list))
        self.item = item

    def check(self, value, where):
        super().check(value, where)
        for number, item in enumerate(value or ()):
            if item is None:
                raise Mismatch(f"{where}[{number}]: {self.item.name} expected")
            self.item.check(item, f"{where}[{number}]")


class Members(Type):
    """An object with declared members only."""

    def __init__(self, members, required=()):
        super().__init__("object", lambda value: isinstance(value, dict))
        self.members = members
        self.required = required

    def check(self, value, where="body"):
        super().check(value, where)
        for name, member in (value or {}).items():
            if name not in self.members:
                raise Unknown(name, sorted(self.members))
            self.members[name].check(member, f"{where}.{name}")
        for name in self.required:
            if value is None or value.get(name) is None:
                raise Mismatch(f"{where}.{name}: required")


class Split:
    """A body that differs by deployment; each may have members that the other has not."""

    def __init__(self, cloud, server):
        self.cloud = cloud
        self.server = server


def split(shared, cloud=None, server=None, required=()):
    return Split(Members(shared | (cloud or {}), required), Members(shared | (server or {}), required))


def _whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


TEXT = Type("string", lambda value: isinstance(value, str))
INTEGER = Type("integer", lambda value: _whole(value) and -INT32 <= value < INT32)
LONG = Type("integer", _whole)
NUMBER = Type("number", lambda value: _whole(value) or isinstance(value, float))
BOOLEAN = Type("boolean", lambda value: isinstance(value, bool))
OBJECT = Type("object", lambda value: isinstance(value, dict))
ANY = Type("value", lambda value: True)
TEXTS = ListOf(TEXT)
OPTIONAL_TEXT = Type("string", lambda value: isinstance(value, str))
OPTIONAL_TEXT.optional = True
PROPERTIES = ListOf(Members({"key": TEXT, "value": ANY}, required=("key",)))


def query_text(values):
    return values[-1]


def query_texts(values):
    """Repeatable, each as it is."""
    return values


def query_integer(values):
    try:
        number = int(values[-1])
    except ValueError:
        raise Mismatch(f"'{values[-1]}' is not an integer") from None
    if not -INT32 <= number < INT32:
        raise Mismatch(f"'{values[-1]}' is out of range")
    return number


def query_long(values):
    try:
        return int(values[-1])
    except ValueError:
        raise Mismatch(f"'{values[-1]}' is not an integer") from None


def query_boolean(values):
    """Case does not matter: Java's Boolean.valueOf reads these, and python-jira sends 'True'."""
    value = values[-1].lower()
    if value not in ("true", "false"):
        raise Mismatch(f"'{values[-1]}' is not a boolean")
    return value == "true"


def query_names(values):
    """Repeatable, and each a comma list; both forms may be mixed."""
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def query_integers(values):
    return [query_integer([value]) for value in query_names(values)]


class AnyQuery(dict):
    """Takes every parameter: for an operation that is gone whatever it is asked."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return query_text
