"""Shell text cut into simple commands: words with their places, variables read, here-documents.

Not a shell: it never expands or runs anything, and text that no shell would accept is read as far as
it makes sense (Jinja, ``${{ … }}`` of GitHub workflows, ``$(VAR)`` of make, a quote without its partner).
Nesting is kept on a list, so its depth costs no stack.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SPACE = re.compile(rb"(?:[ \t\f\v]|\\\r?\n|\{%[^\n]*?%\}|\{#[^\n]*?#\})+")
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_COMMENT = re.compile(rb"#[^\r\n]*")
_DOCKER_SPACE = re.compile(rb"(?:[ \t]|\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*)+")
_PLAIN = re.compile(rb"(?:[^\s'\"`$\\;&|()<>{]|\{(?![{%#]))+|\{\{[^\n{]{0,300}?\}\}|\\(?:\r?\n|.)|\{")
_IN_QUOTES = re.compile(rb'(?:[^"`$\\]|\\.)+|\\', re.DOTALL)
_IN_BRACES = re.compile(rb"(?:[^}\"`$\\]|\\.)+|\\", re.DOTALL)
_SINGLE = re.compile(rb"'[^']*'")
_HEREDOC = re.compile(rb"""\d*<<-?[ \t]*(?:\\?([A-Za-z_]\w*)|'([^'\n]+)'|"([^"\n]+)")""")
_REDIRECT = re.compile(rb"(?:\d*(?:<<<|>>|>\||<>|[<>]&?|>)|&>>?)(?!\()(?:\d|-(?=\s))?")
_OPERATOR = re.compile(rb";;?&?|&&?|\|\|?|\|&")
_EXPRESSION = re.compile(rb"\$\{\{.*?\}\}", re.DOTALL)
_MAKE_VARIABLE = re.compile(rb"\$\(([A-Z_][A-Z0-9_]*)\)")
_BRACED = re.compile(rb"\$\{[#!]?([A-Za-z_]\w*)?")
_NAMED = re.compile(rb"\$([A-Za-z_]\w*)")
_QUOTING = re.compile(rb"\\\r?\n[ \t]*|\\([\"'$`\\ ])|[\"']")

_COMMAND, _QUOTE, _BRACE = range(3)
_DEEPEST = 8
"""Commands inside commands are told apart to this depth."""

_LONGEST = 4096
"""Of a longer word only the start is looked at: nested substitutions would be copied again and again."""


class Word(NamedTuple):
    """A word of a command: its place with quotes, and its text without."""

    start: int
    end: int
    text: str


class Command(NamedTuple):
    """A simple command, and the file that its output goes to ("" where none is named)."""

    words: list[Word]
    target: str


class Heredoc(NamedTuple):
    """The text of a here-document and the command that reads it."""

    start: int
    end: int
    command: Command


class Script(NamedTuple):
    """What a stretch of shell text holds.  ``reads``: the places of the names of variables read."""

    commands: list[Command]
    reads: list[tuple[int, int]]
    heredocs: list[Heredoc]


def word(data: bytes, start: int, end: int) -> Word:
    """The word at a place, its text without quotes."""
    raw = data[start : min(end, start + _LONGEST)]
    if b'"' in raw or b"'" in raw or b"\\" in raw:
        raw = _QUOTING.sub(lambda match: match[1] or b"", raw)
    return Word(start, end, raw.decode("utf-8", "replace"))


class _Frame:
    """One level of commands: the script itself, a subshell, a command substitution."""

    __slots__ = ("closer", "pattern", "redirected", "start", "target", "words")

    def __init__(self, closer: bytes) -> None:
        self.closer = closer
        self.words: list[Word] = []
        self.start = -1
        """Where the word being read starts; -1 between words."""
        self.redirected = False
        self.target = ""
        self.pattern = False
        """Whether the next words are a pattern of ``case``."""


class _Reader:
    def __init__(self, data: bytes, start: int, end: int, docker: bool) -> None:
        self.data, self.at, self.end, self.docker = data, start, end, docker
        self.script = Script([], [], [])
        self.frames = [_Frame(b"")]
        self.modes = [_COMMAND]
        self.pending: list[tuple[bytes, bool, _Frame]] = []

    def read(self) -> Script:
        steps = (self._command, self._quoted, self._braced)
        while self.at < self.end:
            steps[self.modes[-1]]()
        while self.frames:
            self._end_word()
            self._end_command()
            self.frames.pop()
        return self.script

    # --- commands ---------------------------------------------------------------------------------

    def _command(self) -> None:
        data, at, frame = self.data, self.at, self.frames[-1]
        if match := (_DOCKER_SPACE if self.docker else _SPACE).match(data, at, self.end):
            self._end_word()
            self.at = match.end()
        elif match := _NEWLINE.match(data, at, self.end):
            self._end_word()
            self.at = match.end()
            self._heredoc_bodies()
            self._end_command()
        elif data[at] == 35 and frame.start < 0:  # "#"
            match = _COMMENT.match(data, at, self.end)
            self.at = match.end() if match else at + 1
        elif (match := _HEREDOC.match(data, at, self.end)) and data[at : at + 3] != b"<<<":
            self._end_word()
            self.pending.append((match[1] or match[2] or match[3], match[1] is not None, frame))
            self.at = match.end()
        elif match := _REDIRECT.match(data, at, self.end):
            if not data[frame.start : at].isdigit():
                self._end_word()
            frame.start = -1
            frame.redirected = not match.group()[-1:].isdigit() and not match.group().endswith(b"-")
            self.at = match.end()
        elif match := _OPERATOR.match(data, at, self.end):
            self._end_word()
            self._end_command()
            frame.pattern = match.group().startswith(b";;") or frame.pattern
            self.at = match.end()
        else:
            self._part_of_word()

    def _part_of_word(self) -> None:
        data, at, frame = self.data, self.at, self.frames[-1]
        byte = data[at : at + 1]
        if byte == b"(" or data[at : at + 2] in (b"<(", b">("):
            self._open(b")", at + (1 if byte == b"(" else 2))
        elif byte == b")" or (byte == b"`" and frame.closer == b"`"):
            self._close()
        else:
            if frame.start < 0:
                frame.start = at
            if byte == b'"' and data.find(b'"', at + 1, self.end) >= 0:
                self.modes.append(_QUOTE)
                self.at = at + 1
            elif byte == b"'" and (match := _SINGLE.match(data, at, self.end)):
                self.at = match.end()
            elif not self._expansion():
                match = _PLAIN.match(data, at, self.end)
                self.at = match.end() if match else at + 1

    def _quoted(self) -> None:
        if self.data[self.at] == 34:
            self.modes.pop()
            self.at += 1
        elif not self._expansion():
            match = _IN_QUOTES.match(self.data, self.at, self.end)
            self.at = match.end() if match else self.at + 1

    def _braced(self) -> None:
        byte = self.data[self.at]
        if byte == 125:  # "}"
            self.modes.pop()
            self.at += 1
        elif byte == 34 and self.data.find(b'"', self.at + 1, self.end) >= 0:
            self.modes.append(_QUOTE)
            self.at += 1
        elif not self._expansion():
            match = _IN_BRACES.match(self.data, self.at, self.end)
            self.at = match.end() if match else self.at + 1

    def _expansion(self) -> bool:
        """Goes past what starts with ``$`` or a backquote; False where nothing does."""
        data, at = self.data, self.at
        if data[at] == 96:  # "`"
            self._open(b"`", at + 1)
            return True
        if data[at] != 36:  # "$"
            return False
        after = data[at + 1 : at + 2]
        if after == b"(":
            if match := _MAKE_VARIABLE.match(data, at, self.end):
                self.script.reads.append(match.span(1))
                self.at = match.end()
            else:
                self._open(b")", at + 2)
        elif match := _EXPRESSION.match(data, at, self.end):
            self.at = match.end()
        elif after == b"{" and (match := _BRACED.match(data, at, self.end)):
            if match[1]:
                self.script.reads.append(match.span(1))
            self.modes.append(_BRACE)
            self.at = match.end()
        elif match := _NAMED.match(data, at, self.end):
            self.script.reads.append(match.span(1))
            self.at = match.end()
        else:
            self.at = at + 1
        return True

    def _open(self, closer: bytes, at: int) -> None:
        self.at = at
        if len(self.frames) > _DEEPEST:
            return
        self.frames.append(_Frame(closer))
        self.modes.append(_COMMAND)

    def _close(self) -> None:
        """A closing bracket or backquote; without an opening one it ends a pattern of ``case``."""
        self._end_word()
        frame = self.frames[-1]
        self.at += 1
        if len(self.frames) == 1 or frame.pattern:
            frame.words = [] if not frame.words or frame.words[0].text != "case" else frame.words
            self._end_command()
            frame.pattern = False
            return
        self._end_command()
        self.frames.pop()
        self.modes.pop()

    # --- ends -------------------------------------------------------------------------------------

    def _end_word(self) -> None:
        frame = self.frames[-1]
        if frame.start < 0:
            return
        found = word(self.data, frame.start, self.at)
        frame.start = -1
        if frame.redirected:
            frame.redirected, frame.target = False, found.text
        else:
            frame.words.append(found)

    def _end_command(self) -> None:
        frame = self.frames[-1]
        words, target = frame.words, frame.target
        frame.words, frame.target, frame.redirected = [], "", False
        if not words:
            return
        first = words[0].text
        if frame.pattern and first == "esac":
            frame.pattern = False
        elif not frame.pattern:
            self.script.commands.append(Command(words, target))
        if first == "case":
            frame.pattern = True

    def _heredoc_bodies(self) -> None:
        """Called behind a newline: the texts of the here-documents that the line has opened."""
        for delimiter, expands, frame in self.pending:
            closing = re.compile(rb"^[ \t]*" + re.escape(delimiter) + rb"[ \t]*\r?$", re.MULTILINE)
            match = closing.search(self.data, self.at, self.end)
            stop = match.start() if match else self.end
            if expands:
                names = (found.span(1) for found in _VARIABLE.finditer(self.data, self.at, stop))
                self.script.reads.extend(names)
            self.script.heredocs.append(Heredoc(self.at, stop, Command(list(frame.words), frame.target)))
            self.at = match.end() if match else self.end
        self.pending = []


_VARIABLE = re.compile(rb"(?<!\\)\$\{?([A-Za-z_]\w*)")


def read(data: bytes, start: int, end: int, *, docker: bool = False) -> Script:
    """The commands of a stretch of shell text.

    ``docker``: comment lines between continued lines are passed over, as in a Dockerfile.
    """
    return _Reader(data, start, end, docker).read()
