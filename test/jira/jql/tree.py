"""A parsed query."""

from dataclasses import dataclass

EMPTY = object()


@dataclass(frozen=True)
class And:
    parts: tuple


@dataclass(frozen=True)
class Or:
    parts: tuple


@dataclass(frozen=True)
class Not:
    part: object


@dataclass(frozen=True)
class Value:
    text: str
    quoted: bool


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple


@dataclass(frozen=True)
class Clause:
    field: str
    operator: str
    operand: object     # Value, Call, EMPTY, or a tuple of these


@dataclass(frozen=True)
class Words:
    """A query without any operator, which Cloud takes as a text search."""

    text: str


@dataclass(frozen=True)
class Query:
    where: object       # None: everything
    order: tuple        # of (field, descending or None)
