"""The entry points of a code base: the Python files that are run, not imported, and that reach torch.

Scripts (``if __name__ == "__main__"``, ``__main__.py``), files that a shell script, a Dockerfile, a makefile or a
configuration runs, the modules of console scripts, and notebooks; never ``setup.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from tree_sitter import Node

from migrate.facts.data import tomllib
from migrate.files import Entry
from migrate.python.grammar import parse, structure
from migrate.rewrite.notebook import NotebookView
from migrate.rewrite.view import View
from migrate.source import SourceFile

SCRIPT = re.compile(rb"""^if __name__ == ["']__main__["']""", re.MULTILINE)
_RUNS = ("shell", "docker", "make", "config")
_MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
_LARGEST = 1_000_000
"""Bytes of a file that runs others; larger ones are data."""
_CONTINUED = re.compile(rb"\\\r?\n")
_COMMENT = re.compile(rb"^[ \t]*#[^\n]*", re.MULTILINE)
_RUNNER = re.compile(rb"\b(?:i?python[\d.]*|torchrun|accelerate|deepspeed)\b([^\n;&|]*)")
_DIRECT = re.compile(rb"(?:^|[\s;&|])(\./[\w./-]+\.py)\b", re.MULTILINE)
_BETWEEN = re.compile(rb"""[\s"',\[\]]+""")
_LAUNCHERS = ("torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch")
_CONSOLE = re.compile(rb"console_scripts(.*?)(?:\n\s*\n|\n\S|\]|\Z)", re.DOTALL)
_FUNCTION = re.compile(rb"=\s*([\w.]+)\s*:\s*\w")
_SCOPES = ("function_definition", "class_definition", "lambda")


class Import(NamedTuple):
    """An import statement of a text."""

    start: int
    end: int
    modules: tuple[str, ...]
    """What it may load, with leading dots where relative."""
    runs: bool
    """Whether it runs when the file is loaded, outside of functions and classes."""
    plain: bool
    """``import a``, not ``from a import b``."""

    @property
    def is_torch(self) -> bool:
        """Whether it imports torch, or from it."""
        return any(module == "torch" or module.startswith("torch.") for module in self.modules)


def text_of(path: str, language: str, data: bytes) -> View | NotebookView:
    """The text of a file, of a notebook its code.  Raises ValueError where it can't be read."""
    return NotebookView(data) if language == "notebook" else View(SourceFile(path, language, data))


def imports(root: Node, data: bytes) -> list[Import]:
    """The import statements of a text in order, but for those that only a type checker reads."""
    found = (_import(node, data) for node in structure(root).get("import", ()))
    return [one for one in found if one is not None]


def _import(node: Node, data: bytes) -> Import | None:
    runs = True
    up = node.parent
    while up is not None:
        if up.type in _SCOPES:
            runs = False
        condition = up.child_by_field_name("condition") if up.type == "if_statement" else None
        if condition is not None and b"TYPE_CHECKING" in data[condition.start_byte : condition.end_byte]:
            return None
        up = up.parent
    modules = tuple(_modules(node, data))
    return Import(node.start_byte, node.end_byte, modules, runs, node.type == "import_statement")


def _modules(node: Node, data: bytes) -> Iterator[str]:
    """``a.b`` of ``import a.b``; ``a`` and ``a.b`` of ``from a import b``, which may be a module or not."""

    def text(part: Node) -> str:
        name = part.child_by_field_name("name") if part.type == "aliased_import" else part
        return data[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else ""

    names = [text(part) for part in node.children_by_field_name("name")]
    module = node.child_by_field_name("module_name")
    if module is None:
        yield from names
        return
    base = text(module)
    yield base
    yield from (base + ("" if base.endswith(".") else ".") + name for name in names)


class CodeBase:
    """The files of a scan, as far as they import or run each other."""

    def __init__(self, entries: Iterable[Entry], users: Iterable[str]) -> None:
        """``users``: the files that are known to use torch, though they may not import it."""
        self._entries = {entry.path: entry for entry in entries}
        self._users = set(users)
        self._imports: dict[str, list[Import]] = {}
        self._reaching: dict[str, bool] = {}

    def entry_points(self) -> list[Entry]:
        """The files that are run and reach torch, in order of path."""
        named = set(self._named())
        run = (entry for entry in self._entries.values() if self._is_run(entry, named))
        return sorted(entry for entry in run if self.reaches(entry.path))

    def reaches(self, path: str) -> bool:
        """Whether a file, or what it imports of this code base, uses torch."""
        if path not in self._reaching:
            seen = {path}
            todo = [path]
            while todo:
                here = todo.pop()
                if self._uses(here) or self._reaching.get(here):
                    self._reaching[path] = True
                    return True
                loaded = {file for one in self._imported(here) for file in self.loaded(here, one)}
                todo += sorted(loaded - seen)
                seen |= loaded
            self._reaching.update(dict.fromkeys(seen, False))
        return self._reaching[path]

    def loaded(self, path: str, statement: Import) -> Iterator[str]:
        """The files of this code base that an import statement of ``path`` loads."""
        for module in statement.modules:
            yield from self._files(path, module)

    def _uses(self, path: str) -> bool:
        return path in self._users or any(one.is_torch for one in self._imported(path))

    def _is_run(self, entry: Entry, named: set[str]) -> bool:
        if entry.language not in ("python", "notebook") or _is_build_script(entry.path):
            return False
        if entry.language == "notebook" or entry.path in named or entry.path.endswith("__main__.py"):
            return True
        return bool(SCRIPT.search(_read(entry)))

    def _imported(self, path: str) -> list[Import]:
        """The import statements of a file; none where it can't be read."""
        if path not in self._imports:
            entry = self._entries[path]
            try:
                data = text_of(path, entry.language, _read(entry)).data
                self._imports[path] = imports(parse(data).root_node, data)
            except ValueError:
                self._imports[path] = []
        return self._imports[path]

    def _files(self, path: str, module: str) -> Iterator[str]:
        """The files behind a dotted name, packages around it included: beside the file, or in a folder around it."""
        name = module.lstrip(".")
        folder = PurePosixPath(path).parent
        dots = len(module) - len(name)
        if dots:
            around = [folder, *folder.parents][dots - 1 : dots]
        else:
            around = [place for up in (folder, *folder.parents) for place in (up, up / "src")]
        parts = name.split(".") if name else []
        for place in around:
            found = [
                str(file)
                for count in range(0 if dots else 1, len(parts) + 1)
                for file in _spelled(place.joinpath(*parts[:count]))
                if str(file) in self._entries
            ]
            if found:
                yield from found
                return

    def _named(self) -> Iterator[str]:
        """The files that others run."""
        for path, entry in self._entries.items():
            name = path.rpartition("/")[2]
            if entry.size > _LARGEST:
                continue
            if entry.language in _RUNS and name not in _MANIFESTS:
                words = _commands(_read(entry))
            elif name in _MANIFESTS:
                words = _console(name, _read(entry))
            else:
                continue
            for word in words:
                yield from self._run(path, word)

    def _run(self, path: str, word: str) -> Iterator[str]:
        """The file that a word of a command means: a path, from wherever the command runs, or a module."""
        if not word.endswith(".py"):
            whole = word.replace(".", "/")
            for file in self._files(path, word):
                package = file.removesuffix("/__init__.py")
                is_package = package.endswith(whole) and f"{package}/__main__.py" not in self._entries
                if is_package or file.endswith(f"{whole}.py"):
                    yield file
            return
        folder = PurePosixPath(path).parent
        places = (str(place / word.removeprefix("./")) for place in (folder, *folder.parents))
        below = [file for file in self._entries if file.endswith(f"/{word.removeprefix('./')}")]
        if file := next((place for place in places if place in self._entries), ""):
            yield file
        elif len(below) == 1:
            yield below[0]


def _is_build_script(path: str) -> bool:
    return path.rpartition("/")[2] == "setup.py"


def _read(entry: Entry) -> bytes:
    """The bytes of a file; none where it can't be read."""
    try:
        return Path(entry.place).read_bytes()
    except OSError:
        return b""


def _spelled(place: PurePosixPath) -> tuple[PurePosixPath, ...]:
    package = place / "__init__.py"
    return (package, place.with_suffix(".py")) if place.name and "." not in place.name else (package,)


def _commands(data: bytes) -> Iterator[str]:
    """What the Python commands in a text run: paths that end in .py, and modules."""
    text = _COMMENT.sub(b"", _CONTINUED.sub(b" ", data))
    for match in _DIRECT.finditer(text):
        yield match[1].decode("utf-8", "replace")
    for match in _RUNNER.finditer(text):
        words = [word.decode("utf-8", "replace") for word in _BETWEEN.split(match[1]) if word]
        for before, word in zip(["", *words], words, strict=False):
            if word == "-c":
                break
            if word.endswith(".py") or (before == "-m" and word not in _LAUNCHERS):
                yield word
                break


def _console(name: str, data: bytes) -> Iterator[str]:
    """The modules of console scripts."""
    if name == "pyproject.toml":
        try:
            content = tomllib.loads(data.decode())
        except ValueError:
            return
        project, poetry = _table(content, "project"), _table(_table(content, "tool"), "poetry")
        for scripts in (_table(project, "scripts"), _table(project, "gui-scripts"), _table(poetry, "scripts")):
            yield from (str(value).partition(":")[0] for value in scripts.values())
        return
    for block in _CONSOLE.finditer(data):
        yield from (match[1].decode() for match in _FUNCTION.finditer(block[1]))


def _table(content: dict[str, Any], key: str) -> dict[str, Any]:
    found = content.get(key)
    return found if isinstance(found, dict) else {}
