"""JQL text to tokens."""

from dataclasses import dataclass

from jql.problems import syntax

OPERATORS = ("!=", "!~", "<=", ">=", "&&", "||", "=", "<", ">", "~", "!", "&", "|")
PUNCTUATION = "(),"
RESERVED = set("{}*/%+^$#@?;`\\")
STOP = set(" \t\r\n\"'=!<>~&|()[],") | RESERVED - {"\\"}
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'", " ": " "}
SYNONYMS = {"&&": "AND", "||": "OR", "&": "AND", "|": "OR", "!": "NOT"}
VALID_ESCAPES = "\\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX"


@dataclass(frozen=True)
class Token:
    kind: str       # word, string, operator, punctuation, custom, end
    text: str
    line: int
    column: int

    def is_word(self, *words):
        return self.kind == "word" and self.text.upper() in words


class Lexer:
    def __init__(self, source):
        self.source = source
        self.at = 0

    def tokens(self):
        found = []
        while self._skip_blanks():
            found.append(self._next())
        found.append(self._token("end", ""))
        return found

    def _skip_blanks(self):
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1
        return self.at < len(self.source)

    def _token(self, kind, text, start=None):
        start = self.at if start is None else start
        line = self.source.count("\n", 0, start) + 1
        return Token(kind, text, line, start - (self.source.rfind("\n", 0, start) + 1) + 1)

    def _next(self):
        char = self.source[self.at]
        if char in "\"'":
            return self._quoted(char)
        if char in PUNCTUATION:
            return self._take("punctuation", char)
        for operator in OPERATORS:
            if self.source.startswith(operator, self.at):
                return self._operator(operator)
        if char in RESERVED - {"\\"} or char in "[]":
            raise syntax(f"The character '{char}' is a reserved JQL character. You must enclose it in a string or use "
                         f"the escape '\\u{ord(char):04x}' instead.", self._token("reserved", char))
        return self._word()

    def _operator(self, operator):
        if operator in SYNONYMS:
            token = self._token("word", SYNONYMS[operator])
            self.at += len(operator)
            return token
        return self._take("operator", operator)

    def _take(self, kind, text):
        token = self._token(kind, text)
        self.at += len(text)
        return token

    def _word(self):
        start = self.at
        text = ""
        quoted = False
        while self.at < len(self.source) and self.source[self.at] not in STOP:
            if self.source[self.at] == "\\":
                text += self._escape()
                quoted = True
            else:
                text += self.source[self.at]
                self.at += 1
        if text.lower() == "cf" and self.source.startswith("[", self.at):
            return self._custom(start)
        return self._token("string" if quoted else "word", text, start)

    def _custom(self, start):
        end = self.source.find("]", self.at)
        number = self.source[self.at + 1:end].strip()
        if end < 0 or not number.isdigit():
            raise syntax("The custom field id is invalid; cf[<number>] expected.", self._token("word", "cf", start))
        self.at = end + 1
        return self._token("custom", f"cf[{number}]", start)

    def _quoted(self, quote):
        start = self.at
        self.at += 1
        text = ""
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == quote:
                self.at += 1
                return self._token("string", text, start)
            if char == "\\":
                text += self._escape()
            else:
                text += char
                self.at += 1
        raise syntax(f"The quoted string '{text}' has not been completed.", self._token("string", text, start))

    def _escape(self):
        start = self.at
        letter = self.source[self.at + 1:self.at + 2]
        if letter in ESCAPES and letter:
            self.at += 2
            return ESCAPES[letter]
        digits = self.source[self.at + 2:self.at + 6]
        if letter == "u" and len(digits) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            self.at += 6
            return self._joined(chr(int(digits, 16)))
        raise syntax(f"'\\{letter}' is an illegal JQL escape sequence. The valid escape sequences are "
                     f"{VALID_ESCAPES}.", self._token("escape", letter, start))

    def _joined(self, char):
        """The second half of a surrogate pair belongs to the first."""
        if 0xD800 <= ord(char) < 0xDC00 and self.source.startswith("\\u", self.at):
            digits = self.source[self.at + 2:self.at + 6]
            pair = (char + chr(int(digits, 16))).encode("utf-16", "surrogatepass")
            self.at += 6
            return pair.decode("utf-16", "replace")
        return char
