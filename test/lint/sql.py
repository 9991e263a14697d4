"""Shared by several checks: the statements of the extension's SQL, and what functions declare."""
import re
from dataclasses import dataclass

# What a semicolon does not end: comments, quoted strings and dollar quotes.
TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|;", re.DOTALL)


def statements(sql):
    """(line number, statement without comments) of each statement."""
    start, piece = 0, []
    for match in TOKEN.finditer(sql):
        token = match.group()
        if token == ";":
            piece.append(sql[start:match.start()])
            whole = "".join(piece)
            yield sql.count("\n", 0, match.start()) + 1, whole.strip()
            start, piece = match.end(), []
        elif token.startswith(("--", "/*")):
            piece.append(sql[start:match.start()])
            start = match.end()


@dataclass(frozen=True)
class Argument:
    mode: str                   # IN, OUT, INOUT, VARIADIC
    name: str                   # "" without one
    type: str
    optional: bool


@dataclass(frozen=True)
class Function:
    name: str
    arguments: tuple
    result: str
    symbol: str                 # of the C function, "" in another language

    def signature(self):
        """By what PostgreSQL tells it from others of the same name."""
        types = (argument.type for argument in self.arguments if argument.mode != "OUT")
        return f"{self.name}({', '.join(types)})"


FUNCTION = re.compile(r"CREATE FUNCTION ([\w.@]+)\s*\(")
SYMBOL = re.compile(r"\bAS 'MODULE_PATHNAME', '(\w+)'")
RESULT = re.compile(r"\s*RETURNS\s+(.*?)\s+LANGUAGE\b", re.DOTALL)
MARK = re.compile(r"'(?:[^']|'')*'|[^(),\[\]']+|.", re.DOTALL)


def _split_arguments(statement, start):
    """The arguments after the parenthesis at "start", and where they end."""
    depth, pieces = 1, [""]
    for match in MARK.finditer(statement, start):
        token = match.group()
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token, 0)
        if depth == 0:
            return [piece for piece in pieces if piece.strip()], match.end()
        if token == "," and depth == 1:
            pieces.append("")
        else:
            pieces[-1] += token
    raise ValueError(f"unbalanced parentheses: {statement[:60]}")


def _argument(text):
    declared, default, _ = re.split(r"(\s+DEFAULT\s+|\s*=\s*|$)", text.strip(), maxsplit=1, flags=re.DOTALL)
    words = declared.split()
    mode = words.pop(0) if words[0] in ("IN", "OUT", "INOUT", "VARIADIC") else "IN"
    name = words.pop(0) if len(words) > 1 else ""
    return Argument(mode, name, " ".join(words), bool(default))


def functions(sql):
    """The functions that the statements create, by signature."""
    found = {}
    for _, statement in statements(sql):
        match = FUNCTION.match(statement)
        if match:
            arguments, end = _split_arguments(statement, match.end())
            result, symbol = RESULT.match(statement, end), SYMBOL.search(statement)
            function = Function(match[1], tuple(map(_argument, arguments)),
                                " ".join(result[1].split()) if result else "", symbol[1] if symbol else "")
            found[function.signature()] = function
    return found
