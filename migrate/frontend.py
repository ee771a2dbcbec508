"""What every frontend returns, and which frontend reads which language."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from migrate.model import Skip, Use
from migrate.source import SourceFile


class FileUses(NamedTuple):
    """All that one file says.

    ``declares``: symbols that the file itself declares and that look like CUDA's
    (``c:cudaCheck``), so that their uses elsewhere in the repository aren't taken for NVIDIA's.
    ``problems``: what could not be read, such as a parse error, with its place in the reason.
    """

    uses: list[Use]
    declares: tuple[str, ...] = ()
    problems: tuple[Skip, ...] = ()


_MODULES = {
    "python": "migrate.python",
    "notebook": "migrate.python.notebook",
    "cuda": "migrate.cpp",
    "cmake": "migrate.build.cmake",
    "make": "migrate.build.make",
    "requirements": "migrate.build.requirements",
    "pyproject": "migrate.build.pyproject",
    "conda": "migrate.build.conda",
    "docker": "migrate.deploy.docker",
    "shell": "migrate.deploy.shell",
    "config": "migrate.deploy.config",
}
"""Language → module with ``find(source)``; imported when the first file of the language comes."""


def frontend(language: str) -> Callable[[SourceFile], FileUses]:
    """The function that finds the uses in a file of this language."""
    found: Callable[[SourceFile], FileUses] = import_module(_MODULES[language]).find
    return found
