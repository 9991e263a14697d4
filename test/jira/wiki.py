"""Wiki markup to an Atlassian document and back, as between two versions of the API.

Headings, paragraphs, line breaks, lists, quotes, code, panels, tables, rules, marks, links and mentions; what is not
markup stays the text that it is.
"""

import re

HEADING = re.compile(r"h([1-6])\.\s+(.*)")
LIST = re.compile(r"([*#-]+)\s+(.*)")
RULE = re.compile(r"-{4,}\s*")
BLOCK = re.compile(r"\{(code|noformat|quote|panel)(?::([^}]*))?\}")
QUOTE = re.compile(r"bq\.\s+(.*)")
ROW = re.compile(r"\|.*\|\s*")
MARKS = {"*": "strong", "_": "em", "-": "strike", "+": "underline", "??": "em"}
INLINE = re.compile(
    r"\{\{(?P<code>[^{}\n]+)\}\}"
    r"|\[~(?:accountid:)?(?P<mention>[^\]\n]+)\]"
    r"|\[(?:(?P<label>[^|\]\n]+)\|)?(?P<link>(?:https?://|mailto:|#)[^\]|\n]+)\]"
    r"|(?<![\w*_+\-?])(?P<mark>\?\?|[*_+\-])(?P<marked>[^\s*_+\-?](?:[^\n]{0,500}?\S)?)(?P=mark)(?![\w])"
    r"|\\\\(?P<hard>)"
    r"|\\(?P<escaped>[*_{}\[\]|+\-#!?~^\\])")


def to_document(text):
    return {"type": "doc", "version": 1, "content": _blocks(text.replace("\r\n", "\n").split("\n"))}


def _blocks(lines):
    """The blocks of some lines; an empty text has one empty paragraph."""
    found, at = [], 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        block, at = _block(lines, at)
        found.append(block)
    return found or [{"type": "paragraph", "content": []}]


def _block(lines, at):
    """The block that begins in a line, and the line after it."""
    line = lines[at].strip()
    opening = BLOCK.match(line)
    if opening:
        closed = _closed(lines, at, opening)
        if closed:
            return closed
    heading, quote = HEADING.fullmatch(line), QUOTE.fullmatch(line)
    if heading:
        return {"type": "heading", "attrs": {"level": int(heading[1])}, "content": _inline(heading[2])}, at + 1
    if RULE.fullmatch(line):
        return {"type": "rule"}, at + 1
    if quote:
        return {"type": "blockquote", "content": [_paragraph([quote[1]])]}, at + 1
    for pattern, make in ((LIST, _list), (ROW, _table)):
        if pattern.fullmatch(line):
            end = _end(lines, at, pattern)
            return make([one.strip() for one in lines[at:end]]), end
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _begins_block(lines[end].strip()):
        end += 1
    return _paragraph(lines[at:end]), end


def _end(lines, at, pattern):
    while at < len(lines) and pattern.fullmatch(lines[at].strip()):
        at += 1
    return at


def _begins_block(line):
    return any(pattern.match(line) for pattern in (HEADING, LIST, RULE, BLOCK, QUOTE, ROW))


def _closed(lines, at, opening):
    """{code}...{code} and the like, over as many lines as it takes; None when it is never closed."""
    name, options = opening[1], opening[2] or ""
    rest = "\n".join([lines[at].strip()[opening.end():], *lines[at + 1:]])
    inner, closing, after = rest.partition("{" + name + "}")
    if not closing:
        return None
    used = inner.count("\n")
    left = after.split("\n")
    if left[0].strip():
        lines[at + used] = left[0]      # what follows in the same line begins a block of its own
    else:
        used += 1
    return _container(name, options, inner.strip("\n")), at + used


def _container(name, options, inner):
    if name in ("code", "noformat"):
        language = next((one for one in options.split("|") if one and "=" not in one), None)
        block = {"type": "codeBlock", "content": [{"type": "text", "text": inner}] if inner else []}
        return block | ({"attrs": {"language": language}} if language else {})
    if name == "quote":
        return {"type": "blockquote", "content": _blocks(inner.split("\n"))}
    return {"type": "panel", "attrs": {"panelType": "info"}, "content": _blocks(inner.split("\n"))}


def _list(lines):
    """Lines of items; a longer mark is a list within the item before."""
    ordered = LIST.fullmatch(lines[0])[1][-1] == "#"
    depth = min(len(LIST.fullmatch(line)[1]) for line in lines)
    items, at = [], 0
    while at < len(lines):
        mark, text = LIST.fullmatch(lines[at]).groups()
        end = at + 1
        while end < len(lines) and len(LIST.fullmatch(lines[end])[1]) > depth:
            end += 1
        if len(mark) > depth:       # deeper than what is around it
            items.append({"type": "listItem", "content": [_list(lines[at:end])]})
        else:
            inner = [_list(lines[at + 1:end])] if end > at + 1 else []
            items.append({"type": "listItem", "content": [_paragraph([text]), *inner]})
        at = end
    return {"type": "orderedList" if ordered else "bulletList", "content": items}


def _table(lines):
    return {"type": "table", "content": [_row(line) for line in lines]}


def _row(line):
    header = line.startswith("||")
    cells = re.split(r"\|\|" if header else r"\|(?![^\[\]]*\])", line.strip("|"))
    return {"type": "tableRow", "content": [
        {"type": "tableHeader" if header else "tableCell", "content": [_paragraph([cell.strip()])]} for cell in cells]}


def _paragraph(lines):
    content = []
    for number, line in enumerate(lines):
        if number:
            content.append({"type": "hardBreak"})
        content += _inline(line)
    return {"type": "paragraph", "content": content}


def _inline(text, marks=()):
    nodes, at = [], 0
    for match in INLINE.finditer(text):
        nodes += _plain(text[at:match.start()], marks)
        nodes += _span(match, marks)
        at = match.end()
    return _joined(nodes + _plain(text[at:], marks))


def _span(match, marks):
    if match["code"]:
        return _plain(match["code"], (*marks, {"type": "code"}))
    if match["mention"]:
        return [{"type": "mention", "attrs": {"id": match["mention"], "text": "@" + match["mention"]}}]
    if match["link"]:
        return _plain(match["label"] or match["link"], (*marks, {"type": "link", "attrs": {"href": match["link"]}}))
    if match["hard"] is not None:
        return [{"type": "hardBreak"}]
    if match["escaped"]:
        return _plain(match["escaped"], marks)
    return _inline(match["marked"], (*marks, {"type": MARKS[match["mark"]]}))


def _plain(text, marks):
    """A text node must not be empty."""
    if not text:
        return []
    return [{"type": "text", "text": text} | ({"marks": list(marks)} if marks else {})]


def _joined(nodes):
    """Neighbours with the same marks are one."""
    found = []
    for node in nodes:
        if (found and node["type"] == found[-1]["type"] == "text" and node.get("marks") == found[-1].get("marks")):
            found[-1] = found[-1] | {"text": found[-1]["text"] + node["text"]}
        else:
            found.append(node)
    return found


def from_document(document):
    return "\n\n".join(_written(node, "") for node in document["content"])


def _written(node, mark):
    """`mark` is that of the list around."""
    kind, attributes = node["type"], node.get("attrs") or {}
    children = node.get("content") or []
    if kind in ("text", "hardBreak", "mention", "emoji", "inlineCard", "status", "date"):
        return _written_inline(node, attributes)
    if kind == "heading":
        return f"h{attributes.get('level', 1)}. " + _together(children)
    if kind == "rule":
        return "----"
    if kind == "codeBlock":
        language = f":{attributes['language']}" if attributes.get("language") else ""
        return "{code" + language + "}\n" + "".join(one.get("text", "") for one in children) + "\n{code}"
    if kind in ("bulletList", "orderedList"):
        return "\n".join(_written(one, mark + ("*" if kind == "bulletList" else "#")) for one in children)
    if kind == "listItem":
        return "\n".join(_written(one, mark) if one["type"].endswith("List") else f"{mark} {_written(one, mark)}"
                         for one in children)
    if kind == "blockquote":
        return "{quote}\n" + "\n\n".join(_written(one, mark) for one in children) + "\n{quote}"
    if kind == "panel":
        return "{panel}\n" + "\n\n".join(_written(one, mark) for one in children) + "\n{panel}"
    if kind == "tableRow":
        return "".join(("||" if one["type"] == "tableHeader" else "|") + _together(one.get("content") or [])
                       for one in children) + ("||" if children and children[-1]["type"] == "tableHeader" else "|")
    if kind == "paragraph":
        return _together(children)
    return "\n".join(_written(one, mark) for one in children)


def _together(children):
    return "".join(_written(one, "") for one in children)


def _written_inline(node, attributes):
    if node["type"] == "hardBreak":
        return "\n"
    if node["type"] == "mention":
        return f"[~accountid:{attributes.get('id', '')}]"
    if node["type"] != "text":
        return str(attributes.get("text") or attributes.get("shortName") or attributes.get("url") or "")
    return _marked(node["text"], node.get("marks") or ())


def _marked(text, marks):
    signs = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}
    for mark in marks:
        if mark.get("type") == "code":
            text = "{{" + text + "}}"
        elif mark.get("type") == "link":
            href = (mark.get("attrs") or {}).get("href", "")
            text = f"[{text}|{href}]" if text != href else f"[{href}]"
        elif mark.get("type") in signs:
            text = signs[mark["type"]] + text + signs[mark["type"]]
    return text
