"""Texts that came as wiki markup or as an Atlassian document, and are shown as either."""

import wiki
from entities import RichText


class NotADocument(ValueError):
    pass


def from_text(text):
    return RichText(text)


def to_document(rich):
    if rich.document is not None:
        return rich.document
    return wiki.to_document(rich.text)


def from_document(document):
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        raise NotADocument("a document of type doc and version 1 expected")
    blocks = document.get("content")
    if not isinstance(blocks, list) or not set(document) <= {"type", "version", "content"}:
        raise NotADocument("the document has no content")
    for block in blocks:
        _check(block)
    return RichText(wiki.from_document(document), document)


def _check(node):
    """What the conversion relies on."""
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise NotADocument("a node without a type")
    if node["type"] == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        raise NotADocument("a text node without text")
    if not isinstance(node.get("attrs") or {}, dict):
        raise NotADocument("attrs is not an object")
    children = node.get("content") or []
    if not isinstance(children, list):
        raise NotADocument("content is not a list")
    for child in children:
        _check(child)
