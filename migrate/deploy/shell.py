"""Shell and Slurm scripts, and commands in other files: what each simple command runs, sets, installs and asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from migrate.collect import Collector
from migrate.deploy.lexer import Command, Heredoc, Word, read
from migrate.deploy.packages import PROGRAMS, find_packages
from migrate.deploy.words import drop_own_variables, find_image, find_words
from migrate.frontend import FileUses
from migrate.model import Arg, Use
from migrate.source import SourceFile
from migrate.vocabulary import command_symbol, env_symbol, package_symbol

_DIRECTIVE = re.compile(rb"^[ \t]*#(?:SBATCH|PBS|BSUB|FLUX|\$)[ \t][^\n]*", re.MULTILINE)
_PBS_GPU = re.compile(rb"\bn?gpus=\d+")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*(\[[^\]]*\])?\+?=")
_KEYWORDS = frozenset("if then else elif while until do ! { } time ( [[ [ test".split())
_WRAPPERS = {
    **dict.fromkeys("exec eval nohup command type which hash builtin ccache sccache time srun salloc".split(), ""),
    **dict.fromkeys("mpirun mpiexec watch entr".split(), "-n -np -N -H --interval"),
    "sudo": "-u -g -h -p -C -r -t --user --group",
    "env": "-u -C -S --unset --chdir",
    "nice": "-n",
    "timeout": "-s -k --signal --kill-after",
    "xargs": "-n -I -P -d -L -a",
    "numactl": "-C -N -m -i -p",
    "stdbuf": "-i -o -e",
    "taskset": "-c -p",
}
"""Commands that run another one, or look for it, and their options that take the next word."""

_SAYING = frozenset("echo printf print logger log info warn warning error die usage fail abort : read".split())
"""Commands whose arguments are only text."""

_KEPT = re.compile(r"GITHUB_(ENV|PATH)\b|BASH_ENV|rc$|profile|\.(sh|bash|slurm|sbatch|env|conf)$|environment$")
"""Names of files whose text is run or read as settings later."""

_DOCKER = frozenset("docker podman nvidia-docker docker-compose nerdctl singularity apptainer ctr enroot".split())
_LAUNCHERS = _DOCKER | frozenset("srun salloc mpirun mpiexec ssh kubectl nsys ncu nvprof compute-sanitizer".split())
"""Commands that run another one somewhere behind their own options and operands."""

_SHELLS = frozenset("sh bash zsh dash ksh".split())
_RUN_OPTION = re.compile(r"-[a-z]*c$|--wrap(=|$)")
_PYTHON = re.compile(r"(^|/)python[\d.]*$")
_READINGS = 6
"""How often a text is read at most, all that it nests together (here-documents, ``bash -c "…"``)."""


class _Words(NamedTuple):
    """A command: its words from its own name on."""

    name: str
    words: Sequence[Word]


def find(source: SourceFile) -> FileUses:
    """The uses in a shell script, with the directives of Slurm, PBS and LSF."""
    out = Collector(source.data)
    for match in _DIRECTIVE.finditer(source.data):
        find_words(out, *match.span(), slurm=True)
        for asked in _PBS_GPU.finditer(source.data, *match.span()):
            out.add("resource:gres:gpu", *asked.span(), "flag")
    _read(out, 0, len(source.data), docker=False)
    drop_own_variables(out)
    return out.result()


def shell_uses(data: bytes, start: int, end: int, *, docker: bool = False) -> list[Use]:
    """The uses in a piece of shell text, such as a recipe, a RUN instruction, or a ``run:`` value.

    ``docker``: the text is a RUN instruction's, where comment lines don't end a continued command.
    """
    out = Collector(data)
    _read(out, start, end, docker)
    return out.uses()


def _read(out: Collector, start: int, end: int, docker: bool) -> None:
    pieces = [(start, end)]
    budget = _READINGS * (end - start)
    while pieces and budget > 0:  # text run as shell is read in its turn: a list, not recursion
        first, last = pieces.pop()
        budget -= last - first
        script = read(out.data, first, last, docker=docker)
        for low, high in script.reads:
            out.add(env_symbol(out.text(low, high)), low, high, "name")
        for command in script.commands:
            _command(out, command, pieces)
        for text in script.heredocs:
            if _is_shell(text):
                pieces.append((text.start, text.end))
            elif any(_PYTHON.search(word.text) for word in text.command.words[:2]):
                _python(out, text.start, text.end)


def _python(out: Collector, start: int, end: int) -> None:
    """Python code that a command is given: ``python -c '…'``, ``python - <<EOF``."""
    from migrate import python

    for use in python.find(SourceFile("", "python", out.data[start:end])).uses:
        args = tuple(Arg(arg.keyword, start + arg.start, start + arg.end) for arg in use.args)
        out.extend([use._replace(start=start + use.start, end=start + use.end, args=args)])


def _is_shell(text: Heredoc) -> bool:
    """Whether a here-document is run, or written to a file that will be."""
    names = [word.text for word in text.command.words]
    if not names:  # RUN <<EOF of a Dockerfile
        return True
    runs = any(name.rpartition("/")[2] in (*_SHELLS, "ssh", "sbatch", "su") for name in names[:2])
    return runs or any(_KEPT.search(name) for name in (text.command.target, *(names[1:] if "tee" in names else ())))


def _command(out: Collector, command: Command, pieces: list[tuple[int, int]]) -> None:
    """One command with its arguments; text in it that is shell itself is added to ``pieces``."""
    words = command.words
    at = _first(words)
    name = words[at].text.lstrip("@+-").rpartition("/")[2] if at < len(words) else ""
    if name in _SAYING:
        if _KEPT.search(command.target):
            pieces += [_inside(out.data, word) for word in words[at + 1 :]]
        words = words[:at]
        if not words:
            return
    if name not in _SAYING and name:
        _named(out, _Words(name, words[at:]), words[:at], pieces)
    slurm = name == "sbatch" or any(word.text in ("srun", "salloc") for word in words[:at])
    find_words(out, words[0].start, words[-1].end, slurm=slurm)


def _first(words: Sequence[Word]) -> int:
    """The place of the command's own name, behind assignments, keywords and commands that run others."""
    wrapped = skip = False
    values: frozenset[str] = frozenset()
    for at, word in enumerate(words):
        text = word.text
        name = text.lstrip("@+-").rpartition("/")[2]
        if skip:
            skip = False
        elif name in _WRAPPERS:
            wrapped, values = True, frozenset(_WRAPPERS[name].split())
        elif name in _SHELLS and _runs_word(words[at + 1 : at + 3]):
            wrapped, values = True, frozenset()
        elif wrapped and text in values:
            skip = True
        elif not (
            text in _KEYWORDS
            or text.endswith("()")
            or _ASSIGNED.match(text)
            or (wrapped and (text.startswith("-") or re.fullmatch(r"[\d.]+[smh]?", text)))
        ):
            return at
    return len(words)


def _runs_word(after: Sequence[Word]) -> bool:
    """Whether a shell's next words are ``-c`` and a command without spaces or operators."""
    return len(after) == 2 and bool(_RUN_OPTION.match(after[0].text) and re.fullmatch(r"[\w./-]+", after[1].text))


def _named(out: Collector, command: _Words, before: Sequence[Word], pieces: list[tuple[int, int]]) -> None:
    """What follows from the command's name."""
    name, words = command
    _tool(out, words[0])
    if any(word.text in ("which", "command", "type", "hash") for word in before):
        for word in words[1:]:
            _tool(out, word)
    rest = [((word.start, word.end), word.text.encode()) for word in words[1:]]
    if [text for _, text in rest[:2]] == [b"-m", b"pip"]:  # python, $PYTHON, {sys.executable}
        name, rest = "pip", rest[2:]
    if manager := PROGRAMS.get(name.rstrip(".0123456789").encode()):
        find_packages(out, manager, rest)
    if name in ("module", "ml"):
        _modules(out, words[1:])
    if name in _LAUNCHERS or any(word.text in _LAUNCHERS for word in before):
        _launched(out, words)
    if name in _DOCKER or "--container-image" in " ".join(word.text for word in (*before, *words)):
        _images(out, (*before, *words[1:]))
    for index, word in enumerate(words[1:], 1):
        quoted = out.data[word.start : word.start + 1] in (b'"', b"'")
        runs = name in ("ssh", "eval", "watch", "su") or _runs_text(words, index, name)
        if runs and (quoted or "=" in word.text):
            pieces.append(_inside(out.data, word))
        elif quoted and _is_python(words, index):
            _python(out, *_inside(out.data, word))


def _runs_text(words: Sequence[Word], index: int, name: str) -> bool:
    """Whether a word is a script: ``bash -c '…'``, ``docker run image bash -c '…'``, ``sbatch --wrap='…'``."""
    before = words[index - 1].text
    if words[index].text.startswith("--wrap="):
        return True
    shells = name in _SHELLS or any(
        word.text.rpartition("/")[2] in _SHELLS for word in words[max(0, index - 3) : index]
    )
    return before == "--wrap" or (shells and _RUN_OPTION.match(before) is not None)


def _is_python(words: Sequence[Word], index: int) -> bool:
    """Whether a word is the code of ``python -c``, with other options between the two."""
    at = index - 1
    if not re.fullmatch(r"-[a-zA-Z]*c", words[at].text):
        return False
    while at > 0 and words[at].text.startswith("-"):
        at -= 1
    return _PYTHON.search(words[at].text) is not None


def _inside(data: bytes, word: Word) -> tuple[int, int]:
    """The place of a word without the quotes around it (or around its value)."""
    start, end = word.start, word.end
    if word.text.startswith("--wrap="):
        start += len("--wrap=")
    quoted = end - start >= 2 and data[start] in b"\"'" and data[end - 1] == data[start]
    return (start + 1, end - 1) if quoted else (start, end)


def _tool(out: Collector, word: Word) -> bool:
    """Adds the NVIDIA tool that a word names."""
    text = word.text.lstrip("@+-")
    symbol = command_symbol(text)
    if symbol is None:
        return False
    name = text.replace("\\", "/").rpartition("/")[2].encode()
    at = out.data.rfind(name, word.start, word.end)
    return out.add(symbol, *((at, at + len(name)) if at >= 0 else (word.start, word.end)), "command")


def _launched(out: Collector, words: Sequence[Word]) -> None:
    """The commands behind a launcher's own words."""
    for index, word in enumerate(words[1:], 1):
        _tool(out, word)
        base = word.text.rpartition("/")[2].rstrip(".0123456789").encode()
        if (manager := PROGRAMS.get(base)) and index + 1 < len(words):
            find_packages(out, manager, [((item.start, item.end), item.text.encode()) for item in words[index + 1 :]])


def _modules(out: Collector, words: Sequence[Word]) -> None:
    """``module load cuda/12.4``: an environment module."""
    for word in words:
        name, _, version = word.text.partition("/")
        if word.text not in ("load", "add", "swap", "unload", "purge"):
            details = (("manager", "module"), ("version", version)) if version else (("manager", "module"),)
            out.add(package_symbol(name), word.start, word.end, "requirement", details)


def _images(out: Collector, words: Sequence[Word]) -> None:
    for word in words:
        place = re.sub(r"^(--container-image=|docker://)+", "", word.text)
        if place.startswith(("-", "/", ".", "$")) or "$(" in place or "/" not in place.replace("#", "/"):
            continue
        if "=" in place.partition(":")[0] or any(mark in place for mark in " \t\n"):
            continue
        at = out.data.find(place.encode(), word.start, word.end)
        if at >= 0:
            find_image(out, at, at + len(place.encode()), place.replace("#", "/"))
