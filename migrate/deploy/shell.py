"""Shell and Slurm scripts, and commands in other files: a reader of words that tolerates broken text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrate.collect import Collector, blank
from migrate.deploy.packages import PROGRAMS, find_packages
from migrate.deploy.words import drop_local_variables, find_words
from migrate.frontend import FileUses
from migrate.model import Use
from migrate.source import SourceFile
from migrate.vocabulary import command_symbol, image_symbol

_WORD = re.compile(
    rb"(?P<skip>\\\r?\n|[ \t\r]+)|(?P<break>&&|\|\||;;|[;&|()\n`{}])"
    rb"|(?P<word>(?:[^\s;&|()`\"'\\{}]|\$?\{[^\s{}]*\}|\\[^\r\n]|\"(?:[^\"\\]|\\[\s\S])*\"|'[^']*')+)"
)
_COMMENT = re.compile(rb"(?:(?<=[\s;(])|^)#[^\n]*", re.MULTILINE)
_DIRECTIVE = re.compile(rb"^#(?:SBATCH|PBS|BSUB|FLUX|\$)[ \t][^\n]*", re.MULTILINE)
_ASSIGNED = re.compile(rb"[A-Za-z_]\w*(\[[^\]]*\])?\+?=")
_HEREDOC = re.compile(rb"<<-?[ \t]*([\"']?)(\w+)\1[^\n]*\n")
_INNER = re.compile(rb"\$\(([^()]*)\)|`([^`]*)`")
_PBS_GPU = re.compile(rb"\bn?gpus=\d+")
_WRAPPERS = frozenset(
    b"if then else elif while until do ! time exec eval sudo nohup env command type which hash builtin srun salloc "
    b"mpirun mpiexec numactl xargs timeout nice bash sh -c -v -lc -ec -exc -xc -p nvidia-docker-run watch entr".split()
)
_DOCKER = frozenset(b"docker podman nvidia-docker docker-compose nerdctl singularity apptainer ctr".split())


def find(source: SourceFile) -> FileUses:
    """The uses in a shell script, with the directives of Slurm, PBS and LSF."""
    comments = [match.span() for match in _COMMENT.finditer(source.data)]
    out = Collector(blank(source.data, comments))
    for match in _DIRECTIVE.finditer(source.data):
        _directive(out, source.data, *match.span())
    find_commands(out, 0, len(source.data))
    drop_local_variables(out)
    return out.result()


def _directive(out: Collector, data: bytes, start: int, end: int) -> None:
    line = Collector(data)
    find_words(line, start, end, slurm=True)
    for match in _PBS_GPU.finditer(data[start:end]):
        line.add("resource:gres:gpu", start + match.start(), start + match.end(), "flag")
    out.extend(line.uses())


def shell_uses(data: bytes, start: int, end: int) -> list[Use]:
    """The uses in a piece of shell text, such as a recipe, a RUN instruction, or a ``run:`` value."""
    out = Collector(data)
    find_commands(out, start, end)
    return out.uses()


def find_commands(out: Collector, start: int, end: int) -> None:
    """Adds the uses in a piece of shell text."""
    bodies = list(_heredocs(out.data, start, end))
    pieces = [(start, end)]
    seen = 0
    while pieces:  # quoted text and substitutions are read as shell in their turn; a stack, not recursion
        first, last = pieces.pop()
        seen += 1
        if seen < 5000:
            pieces += _commands(out, first, last, bodies)
    find_words(out, start, end, slurm=b"srun" in out.data[start:end] or b"sbatch" in out.data[start:end])


def _heredocs(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    while match := _HEREDOC.search(data, at, end):
        close = re.compile(rb"^[ \t]*" + match[2] + rb"[ \t]*\r?$", re.MULTILINE).search(data, match.end(), end)
        stop = close.end() if close else end
        yield match.end(), stop
        at = stop


def _commands(out: Collector, start: int, end: int, bodies: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Reads the simple commands of a piece; returns the pieces inside its words that are commands again."""
    inner: list[tuple[int, int]] = []
    words: list[tuple[int, int]] = []
    at = start
    while at < end:
        body = next((stop for first, stop in bodies if first <= at < stop and first > start), None)
        if body is not None:
            _simple(out, words)
            words, at = [], min(body, end)
            continue
        match = _WORD.match(out.data, at, end)
        at = match.end() if match else at + 1
        if match is None or match.lastgroup == "break":
            _simple(out, words)
            words = []
        elif match.lastgroup == "word":
            words.append(match.span())
            if b"$(" in match[0] or b"`" in match[0]:
                for found in _INNER.finditer(match[0]):
                    inner.append((match.start() + found.start() + 1, match.start() + found.end() - 1))
            if len(words) > 1 and _runs_text(out.data, words):
                inner.append((match.start() + 1, match.end() - 1))
    _simple(out, words)
    return inner


def _runs_text(data: bytes, words: list[tuple[int, int]]) -> bool:
    """Whether the last word is quoted and run as a script: ``bash -c '...'``, ``ssh host "..."``."""
    first, last = data[slice(*words[0])], data[slice(*words[-1])]
    before = data[slice(*words[-2])]
    return last[:1] in (b'"', b"'") and (
        before in (b"-c", b"-lc", b"-ec", b"-exc", b"-xc", b"--wrap")
        or first in (b"ssh", b"eval", b"watch")
        or last.startswith(b"--wrap=")
    )


def _simple(out: Collector, words: list[tuple[int, int]]) -> None:
    """One command with its arguments."""
    texts = [out.data[start:end].strip(b"\"'") for start, end in words]
    for position, text in enumerate(texts):
        if _ASSIGNED.match(text) or text in _WRAPPERS or text.startswith((b"-", b"@", b"+")):
            if text.startswith(b"@") and text[1:]:
                _command(out, words, texts, position, 1)
                return
            continue
        known = _command(out, words, texts, position, 0)
        # What follows a wrapper's own argument (timeout 5 nvidia-smi) is still the command.
        if known or position == 0 or not text.isdigit():
            return


def _command(out: Collector, words: list[tuple[int, int]], texts: list[bytes], position: int, skip: int) -> bool:
    start, end = words[position]
    quoted = out.data[start:end]
    lead = skip + (len(quoted) - len(quoted.lstrip(b"\"'")))
    name = texts[position][skip:]
    if symbol := command_symbol(name.decode("utf-8", "replace")):
        out.add(symbol, start + lead, start + lead + len(name), "command")
    base = name.rpartition(b"/")[2]
    rest = list(zip(words[position + 1 :], texts[position + 1 :], strict=True))
    if base.startswith(b"python") and [text for _, text in rest[:2]] == [b"-m", b"pip"]:
        base, rest = b"pip", rest[2:]
    if manager := PROGRAMS.get(base.rstrip(b".0123456789")):
        find_packages(out, manager, rest)
    elif base in _DOCKER:
        _images(out, rest)
    return symbol is not None


def _images(out: Collector, rest: list[tuple[tuple[int, int], bytes]]) -> None:
    for (start, end), text in rest:
        if text.startswith(b"-") or b"=" in text or b"$(" in text:
            continue
        lead = len(out.data[start:end]) - len(out.data[start:end].lstrip(b"\"'"))
        place = text.removeprefix(b"docker://")
        lead += len(text) - len(place)
        if (b"/" in place) and not place.startswith((b"/", b".", b"$")):
            find_image(out, start + lead, start + lead + len(place))


def find_image(out: Collector, start: int, end: int, reference: str = "") -> bool:
    """Adds the container image that the span names; ``reference``: the same with its variables filled in."""
    found = image_symbol(reference or out.text(start, end))
    if found is None:
        return False
    symbol, tag = found
    details = (("tag", tag),) if tag else ()
    return out.add(symbol, start, end, "image", details)
