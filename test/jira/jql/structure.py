"""A parsed query as jql/parse tells it."""

from jql.tree import EMPTY, And, Call, Clause, Not, Or, Words

OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~": "!~", "!~": "~",
            "in": "not in", "not in": "in", "is": "is not", "is not": "is"}


def structure_of(query):
    shown = {} if query.where is None else {"where": _where(query.where)}
    if query.order:
        shown["orderBy"] = {"fields": [_order(*key) for key in query.order]}
    return shown


def _order(field, descending):
    shown = {"field": _field(field)}
    return shown if descending is None else shown | {"direction": "desc" if descending else "asc"}


def _field(name):
    return {"name": name, "encodedName": f'"{name}"' if " " in name else name}


def _where(node, denied=False):
    """NOT is told by the opposite operators below it."""
    if isinstance(node, Not):
        return _where(node.part, not denied)
    if isinstance(node, (And, Or)):
        word = "and" if isinstance(node, And) is not denied else "or"
        return {"operator": word, "clauses": [_where(part, denied) for part in node.parts]}
    if isinstance(node, Words):
        return _clause(Clause("text", "~", node), denied)
    return _clause(node, denied)


def _clause(node, denied):
    return {"field": _field(node.field), "operator": OPPOSITE[node.operator] if denied else node.operator,
            "operand": _operand(node.operand)}


def _operand(operand):
    if operand is EMPTY:
        return {"keyword": "empty"}
    if isinstance(operand, tuple):
        return {"values": [_operand(one) for one in operand],
                "encodedOperand": f"({', '.join(_encoded(one) for one in operand)})"}
    if isinstance(operand, Call):
        return {"function": operand.name, "arguments": list(operand.arguments), "encodedOperand": _encoded(operand)}
    return {"value": operand.text, "encodedValue": _quoted(operand.text)}


def _encoded(operand):
    if isinstance(operand, Call):
        return f"{operand.name}({', '.join(_quoted(one) for one in operand.arguments)})"
    return "EMPTY" if operand is EMPTY else _quoted(operand.text)


def _quoted(text):
    if text.isalnum():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
