"""Atlassian Document Format to text and back: paragraphs, line breaks, plain text."""

from entities import RichText

BLOCKS = {"paragraph", "heading", "codeBlock", "blockquote", "listItem", "bulletList", "orderedList", "panel",
          "rule", "table", "tableRow", "tableCell", "tableHeader", "expand", "mediaGroup", "mediaSingle", "taskList",
          "taskItem", "decisionList", "decisionItem"}


class NotADocument(ValueError):
    pass


def from_text(text):
    return RichText(text)


def to_document(rich):
    if rich.document is not None:
        return rich.document
    return {"type": "doc", "version": 1, "content": [_paragraph(part) for part in rich.text.split("\n\n")]}


def _paragraph(text):
    content = []
    for number, line in enumerate(text.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        if line:    # a text node must not be empty
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def from_document(document):
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        raise NotADocument("a document of type doc and version 1 expected")
    blocks = document.get("content")
    if not isinstance(blocks, list) or not set(document) <= {"type", "version", "content"}:
        raise NotADocument("the document has no content")
    return RichText("\n\n".join(_flatten(block) for block in blocks), document)


def _flatten(node):
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise NotADocument("a node without a type")
    if node["type"] == "text":
        return _text_of(node)
    if node["type"] == "hardBreak":
        return "\n"
    if node["type"] in ("mention", "emoji", "status", "date", "inlineCard"):
        attributes = node.get("attrs") or {}
        return str(attributes.get("text") or attributes.get("shortName") or attributes.get("url") or "")
    return _children(node)


def _text_of(node):
    if not isinstance(node.get("text"), str) or not node["text"]:
        raise NotADocument("a text node without text")
    return node["text"]


def _children(node):
    children = node.get("content") or []
    if not isinstance(children, list):
        raise NotADocument("content is not a list")
    glue = "\n" if any(isinstance(child, dict) and child.get("type") in BLOCKS for child in children) else ""
    return glue.join(_flatten(child) for child in children)
