"""Tokens to a tree, by recursive descent."""

from jql.lexer import Lexer
from jql.problems import OPERATORS, syntax
from jql.tree import EMPTY, And, Call, Clause, Not, Or, Query, Value, Words

COMPARISONS = ("=", "!=", "<", ">", "<=", ">=", "~", "!~")
KEYWORDS = {"AND", "OR", "NOT", "IN", "IS", "EMPTY", "NULL", "ORDER", "BY", "ASC", "DESC"}
HISTORY = ("WAS", "CHANGED")
OPERATIVE = KEYWORDS - {"IS", "NOT"} | set(HISTORY)
DEEPEST = 200


def parse(source, is_field=None):
    """`is_field` tells whether a name is a field's; with it, words without any operator are a text search."""
    return Parser(source, is_field).query()


class Parser:
    def __init__(self, source, is_field):
        self.tokens = Lexer(source).tokens()
        self.at = 0
        self.depth = 0
        self.is_field = is_field

    @property
    def token(self):
        return self.tokens[self.at]

    def _advance(self):
        token = self.token
        self.at += 1
        return token

    def _accept_word(self, *words):
        return self._advance() if self.token.is_word(*words) else None

    def _accept_sign(self, sign):
        if self.token.kind == "punctuation" and self.token.text == sign:
            return self._advance()
        return None

    def query(self):
        if self.token.kind == "end":
            return Query(None, ())
        where = None if self._at_order() else self._words() or self._or()
        order = self._order()
        if self.token.kind != "end":
            expected = "'ASC', 'DESC' or ','" if order else "either 'OR' or 'AND'"
            raise syntax(f"Expecting {expected} but got '{self.token.text}'.", self.token)
        return Query(where, order)

    def _at_order(self):
        return self.token.is_word("ORDER") and self.tokens[self.at + 1].is_word("BY")

    def _words(self):
        """Words and nothing else, up to ORDER BY. IS and NOT may be among them unless a field is before them."""
        if not self.is_field:
            return None
        end = self.at
        while self.tokens[end].kind in ("word", "string") and not self.tokens[end].is_word(*OPERATIVE):
            end += 1
        if end == self.at or not (self.tokens[end].kind == "end" or self.tokens[end].is_word("ORDER")):
            return None
        found = self.tokens[self.at:end]
        if any(token.is_word("IS", "NOT") for token in found) and self.is_field(found[0].text):
            return None
        words = " ".join(token.text for token in found)
        self.at = end
        return Words(words)

    def _or(self):
        parts = [self._and()]
        while self._accept_word("OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self):
        parts = [self._not()]
        while self._accept_word("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self):
        self.depth += 1
        if self.depth > DEEPEST:
            raise syntax("The query is nested too deeply.", self.token)
        try:
            if self._accept_word("NOT"):
                return Not(self._not())
            if self._accept_sign("("):
                inner = self._or()
                self._close()
                return inner
            return self._clause()
        finally:
            self.depth -= 1

    def _close(self):
        if self._accept_sign(")"):
            return
        if self.token.kind == "end":
            raise syntax("Expecting ')' before the end of the query.")
        raise syntax(f"Expecting ')' but got '{self.token.text}'.", self.token)

    def _field(self):
        if self.token.kind == "end":
            raise syntax("Expecting a field name at the end of the query.")
        if self.token.kind not in ("word", "string", "custom"):
            raise syntax(f"Expecting a field name but got '{self.token.text}'. You must surround "
                         f"'{self.token.text}' in quotation marks to use it as a field name.", self.token)
        if self.token.is_word(*KEYWORDS):
            raise syntax(f"Expecting a field name but got '{self.token.text}'. You must surround "
                         f"'{self.token.text}' in quotation marks to use it as a field name.", self.token)
        return self._advance().text

    def _clause(self):
        field = self._field()
        if self.token.kind == "operator" and self.token.text in COMPARISONS:
            operator = self._advance().text
            return Clause(field, operator, self._operand())
        if self._accept_word("IN"):
            return Clause(field, "in", self._list())
        if self.token.is_word("NOT") and self.tokens[self.at + 1].is_word("IN"):
            self.at += 2
            return Clause(field, "not in", self._list())
        if self._accept_word("IS"):
            operator = "is not" if self._accept_word("NOT") else "is"
            return Clause(field, operator, self._operand())
        raise self._no_operator()

    def _no_operator(self):
        if self.token.is_word(*HISTORY):
            return syntax("The history operators WAS and CHANGED are not offered here.", self.token)
        if self.token.kind == "end":
            return syntax(f"Expecting operator before the end of the query. The valid operators are {OPERATORS}.")
        return syntax(f"Expecting operator but got '{self.token.text}'. The valid operators are {OPERATORS}.",
                      self.token)

    def _operand(self):
        if self.token.kind == "end":
            raise syntax("Expecting either a value, list or function before the end of the query.")
        if self._accept_word("EMPTY", "NULL"):
            return EMPTY
        if self.token.kind == "punctuation" and self.token.text == "(":
            return self._list()
        if self.token.kind not in ("word", "string") or self.token.is_word(*KEYWORDS):
            raise syntax(f"Expecting either a value, list or function but got '{self.token.text}'. You must surround "
                         f"'{self.token.text}' in quotation marks to use it as a value.", self.token)
        token = self._advance()
        if self._accept_sign("("):
            return Call(token.text, self._arguments())
        return Value(token.text, token.kind == "string")

    def _list(self):
        if not self._accept_sign("("):
            operand = self._operand() if self.token.kind != "end" else None
            if isinstance(operand, Call):
                return operand      # a function may give a list
            token = self.tokens[self.at - 1]
            raise syntax(f"Expecting '(' but got '{token.text}'." if operand is not None else
                         "Expecting either a value, list or function before the end of the query.",
                         token if operand is not None else None)
        items = [self._operand()]
        while self._accept_sign(","):
            items.append(self._operand())
        self._close()
        return tuple(items)

    def _arguments(self):
        arguments = []
        while not self._accept_sign(")"):
            if arguments and not self._accept_sign(","):
                raise syntax("Expecting ')' before the end of the query." if self.token.kind == "end" else
                             f"Expecting ')' but got '{self.token.text}'.",
                             None if self.token.kind == "end" else self.token)
            if self.token.kind not in ("word", "string"):
                raise syntax("Expecting an argument before the end of the query." if self.token.kind == "end" else
                             self._bad_argument(), None if self.token.kind == "end" else self.token)
            arguments.append(self._argument())
        return tuple(arguments)

    def _bad_argument(self):
        return f"Expecting a function argument but got '{self.token.text}'."

    def _argument(self):
        return self._advance().text

    def _order(self):
        if not self._at_order():
            return ()
        self.at += 2
        keys = [self._order_key()]
        while self._accept_sign(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self):
        field = self._field()
        if self._accept_word("DESC"):
            return field, True
        if self._accept_word("ASC"):
            return field, False
        return field, None
