"""Which files are read: the walk, what .gitignore leaves out, and the language of each file."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from migrate.gitignore import Patterns
from migrate.model import Skip
from migrate.regex import regex

_SUFFIXES = {
    "python": ".py .pyi .pyw",
    "notebook": ".ipynb",
    "cuda": ".cu .cuh .c .cc .cpp .cxx .c++ .h .hh .hpp .hxx .h++ .inl .inc .tcc .ipp .tpp",
    "cmake": ".cmake",
    "make": ".mk .mak",
    "shell": ".sh .bash .zsh .slurm .sbatch .pbs .lsf",
    "docker": ".dockerfile .containerfile",
    "config": ".yaml .yml .json .toml .ini .cfg .conf .env .properties",
    "requirements": ".requirements",
}
_LANGUAGES = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_BY_SUFFIX_ALONE = ("python", "notebook", "cuda")
_NAMES = (
    (regex(r"CMakeLists\.txt(\.in)?$"), "cmake"),
    (regex(r"(GNU)?[Mm]akefile(\..*)?$"), "make"),
    (regex(r"([\w.-]*[._-])?(Docker|Container)file([._-].*)?$"), "docker"),
    (regex(r"([\w.-]*[._-])?(requirements|constraints)([._-][\w.-]*)?\.(txt|in)$", re.I), "requirements"),
    (regex(r"(pyproject\.toml|setup\.cfg|Pipfile)$"), "pyproject"),
    (regex(r"(environment|conda|env|meta|conda_build_config|recipe)([._-].*)?\.ya?ml$"), "conda"),
    (regex(r"(package(-lock)?|tsconfig|composer|tokenizer(_config)?|vocab|compile_commands)\.json$"), ""),
    (regex(r"\.env(\..*)?$"), "config"),
)
_IN_REQUIREMENTS = regex(r"(^|/)requirements?/[^/]+\.(txt|in)$")
_UNREAD = frozenset(
    ".pyx .pxd .pxi .rs .go .java .f90 .cuf .jl .cl .mm .scala .cs .lua .bzl .bazel .gn .ptx .bat .cmd .ps1 .tf "
    ".hcl .in .build".split()
)
"""Source code that may depend on CUDA and that no frontend reads: said, not passed over in silence."""

_SHEBANG = regex(rb"#!.*?\b(python|bash|sh|zsh)[\d.]*\b")
_BUILD = frozenset("build dist _build target out CMakeFiles _skbuild wheelhouse".split())
_TOOLS = frozenset(
    ".git .hg .svn .tox .nox .venv venv virtualenv .eggs __pycache__ .mypy_cache .pytest_cache .ruff_cache "
    ".ipynb_checkpoints .idea .vscode .cache .hypothesis node_modules site-packages __pypackages__".split()
)
_VENDORED = frozenset(
    "third_party third-party thirdparty 3rdparty 3rd_party vendor vendored _vendor externals external extern "
    "external_libs submodules".split()
)
_BUNDLED = {
    "cutlass": "include/cutlass",
    "composable_kernel": "include/ck",
    "cccl": "libcudacxx",
    "_cccl": "libcudacxx",
    "thrust": "thrust/version.h",
    "cub": "cub/version.cuh",
}
"""Libraries that projects carry along wherever they like, and what tells such a folder from one of their own."""

_CMAKE_BUILD = regex(r"cmake-build-|.*\.egg-info$|.*\.dist-info$|bazel-")


class Entry(NamedTuple):
    """A file to read: its path relative to the root ('/' separated), where it is, what it holds."""

    path: str
    place: str
    language: str
    size: int
    stamp: int
    """Time of its last change, in nanoseconds, as the file says (anybody may set it)."""
    changed: int = 0
    """Time of its last change, in nanoseconds, as the system says."""


@dataclass(frozen=True)
class WalkOptions:
    """What is left out.  ``exclude`` holds patterns in the form of .gitignore; ``max_bytes`` is per file."""

    exclude: tuple[str, ...] = ()
    above: str = ""
    """The way to the root from the folder that ``exclude`` is relative to: ``sub/folder/``."""
    vendored: bool = False
    max_bytes: int = 20_000_000


class _Ignore:
    """The patterns of one .gitignore, for the paths below its folder.

    ``base`` is that folder below the root, ``above`` the way from that folder to a root inside it.
    """

    def __init__(self, base: str, lines: Iterable[str], above: str = "") -> None:
        self.base = base
        self.above = above
        self._patterns = Patterns(lines)

    def says(self, path: str, folder: bool) -> bool | None:
        """True: left out; False: kept by a ``!`` pattern; None: nothing said."""
        return self._patterns.says(self.above + path[len(self.base) :] + ("/" if folder else ""))

    def ignores_root(self) -> bool:
        """Whether the root is left out, or a folder around it: somebody who asks for it wants it nevertheless."""
        folders = accumulate(f"{name}/" for name in self.above.split("/")[:-1])
        return any(self._patterns.says(folder) for folder in folders)


class _Git(NamedTuple):
    """What git has to do with the root."""

    tracks: bool
    """Whether the root belongs to a repository; if not, repositories below it are what was asked for."""
    submodules: frozenset[str]


def language(path: str) -> str:
    """The language by name; "" where no frontend reads it."""
    name = path.rpartition("/")[2]
    by_suffix = _LANGUAGES.get(os.path.splitext(name)[1].lower(), "")
    if by_suffix in _BY_SUFFIX_ALONE:
        return by_suffix
    for pattern, found in _NAMES:
        if pattern.match(name):
            return found
    return "requirements" if _IN_REQUIREMENTS.search(path) else by_suffix


def unread(path: str) -> bool:
    """Whether this is source code in a language that no frontend reads."""
    return os.path.splitext(path)[1].lower() in _UNREAD


def walk(root: Path, options: WalkOptions) -> Iterator[Entry | Skip]:
    """All files below the root in order of path, and what was left out with the reason.

    Never follows symbolic links, never runs git, never opens anything but regular files.
    """
    if root.is_file():
        entry = _entry(root.name, os.fspath(root), root.stat(), options)
        yield entry or Skip(root.name, "unsupported", "no frontend reads this kind of file")
        return
    user = _Ignore("", options.exclude, options.above)
    yield from _folder(os.fspath(root), options, [user] if options.exclude and not user.ignores_root() else [])


def _folder(top: str, options: WalkOptions, user: list[_Ignore]) -> Iterator[Entry | Skip]:
    """Depth first with a stack of its own, so that deep trees don't exhaust Python's."""
    outer = _outer_ignores(top)
    alone = outer is None or any(ignore.ignores_root() for ignore in outer)
    start = [] if alone or outer is None else outer
    git = _Git(not alone, frozenset(_submodules(_text(os.path.join(top, ".gitmodules")))))
    stack: list[tuple[str, list[_Ignore]] | Entry | Skip] = [("", start)]
    while stack:
        item = stack.pop()
        if not isinstance(item, tuple) or isinstance(item, (Entry, Skip)):
            yield item
            continue
        prefix, ignores = item
        place = os.path.join(top, prefix) if prefix else top
        try:
            with os.scandir(place) as listing:
                children = sorted(listing, key=lambda child: child.name)
        except OSError as error:
            yield Skip(prefix.rstrip("/") or ".", "unreadable", f"folder can't be listed: {error.strerror}")
            continue
        if any(child.name == ".gitignore" for child in children):
            ignores = [*ignores, *_read_ignore(os.path.join(place, ".gitignore"), prefix)]
        found = [_child(child, prefix, ignores, user, options, git) for child in children]
        stack.extend(item for item in reversed(found) if item is not None)


def _child(
    child: os.DirEntry[str],
    prefix: str,
    ignores: list[_Ignore],
    user: list[_Ignore],
    options: WalkOptions,
    git: _Git,
) -> tuple[str, list[_Ignore]] | Entry | Skip | None:
    path = prefix + child.name
    try:
        if child.is_symlink():
            if language(path) or child.is_dir():
                return Skip(path, "symlink", "symbolic links are not followed")
            return None
        folder = child.is_dir(follow_symlinks=False)
        if child.name == ".git":
            return None
        if _ignored(path, folder, user):
            return Skip(path + "/" * folder, "excluded", "left out by the option or setting `exclude`")
        if _ignored(path, folder, ignores):
            return Skip(path + "/" * folder, "ignored", "left out by .gitignore")
        if folder:
            return _left_out(child, path, options, git) or (path + "/", ignores)
        if not language(path) and not unread(path) and "." in child.name:
            return None
        return _entry(path, child.path, child.stat(follow_symlinks=False), options)
    except OSError as error:
        return Skip(path, "unreadable", f"can't be read: {error.strerror}")


def _left_out(child: os.DirEntry[str], path: str, options: WalkOptions, git: _Git) -> Skip | None:
    name = child.name
    if name in _TOOLS or _CMAKE_BUILD.match(name) or os.path.exists(os.path.join(child.path, "pyvenv.cfg")):
        return Skip(path + "/", "tools", "folder of a tool or an environment")
    if name in _BUILD and not os.path.exists(os.path.join(child.path, "__init__.py")):
        return None if options.vendored else Skip(path + "/", "build", "build folder; --vendored reads it")
    if options.vendored:
        return None
    if path in git.submodules or (git.tracks and os.path.exists(os.path.join(child.path, ".git"))):
        return Skip(path + "/", "vendored", "a repository of its own; --vendored reads it")
    if name in _VENDORED or (name in _BUNDLED and os.path.exists(os.path.join(child.path, _BUNDLED[name]))):
        return Skip(path + "/", "vendored", "other people's code; --vendored reads it")
    return None


def _submodules(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        key, _, value = line.partition("=")
        if key.strip() == "path":
            yield value.strip()


def _outer_ignores(top: str) -> list[_Ignore] | None:
    """What the repository around the root ignores: .git/info/exclude and the .gitignore files above; None where
    there is no repository."""
    outer: list[_Ignore] = []
    place, above = os.path.realpath(top), ""
    while True:
        if above:
            outer = [*_read_ignore(os.path.join(place, ".gitignore"), "", above), *outer]
        if os.path.exists(os.path.join(place, ".git")):
            return [*_read_ignore(os.path.join(place, ".git", "info", "exclude"), "", above), *outer]
        parent, name = os.path.split(place)
        if not name:
            return None
        place, above = parent, f"{name}/{above}"


def _ignored(path: str, folder: bool, ignores: list[_Ignore]) -> bool:
    """The last word counts: that of the nearest folder's file, and in it of the last pattern."""
    for ignore in reversed(ignores):
        if (said := ignore.says(path, folder)) is not None:
            return said
    return False


def _read_ignore(place: str, base: str, above: str = "") -> list[_Ignore]:
    text = _text(place)
    return [_Ignore(base, text.split("\n"), above)] if text else []


def _text(place: str) -> str:
    """The text of one of git's files; "" where there is no such regular file."""
    try:
        if not stat.S_ISREG(os.lstat(place).st_mode):
            return ""
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(1_000_000)
    except OSError:
        return ""


def _entry(path: str, place: str, status: os.stat_result, options: WalkOptions) -> Entry | Skip | None:
    if not stat.S_ISREG(status.st_mode):
        return Skip(path, "special", "not a regular file (a pipe, socket or device)") if language(path) else None
    found = language(path) or ("unread" if unread(path) else _by_shebang(place, status))
    if not found:
        return None
    if status.st_size > options.max_bytes:
        size = f"{status.st_size / 1e6:,.0f} MB"
        return Skip(path, "too-large", f"{size}, over the limit of {options.max_bytes / 1e6:g} MB (--max-file-size)")
    return Entry(path, place, found, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _by_shebang(place: str, status: os.stat_result) -> str:
    """The language of a script without a suffix."""
    if not 4 < status.st_size < 1_000_000 or "." in os.path.basename(place):
        return ""
    with open(place, "rb") as file:
        match = _SHEBANG.match(file.read(80))
    return "" if match is None else "python" if match[1] == b"python" else "shell"
