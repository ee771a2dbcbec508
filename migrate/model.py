"""The words every part shares: Use, Edit, Judgement, Finding, Skip, and their closed sets.

A frontend turns a file into :class:`Use` s and knows no target.  Facts turn a use into one
:class:`Judgement` a target.  The engine joins both to :class:`Finding` s, which is all that an
output, the rewriter, the gate and the report ever see.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Verdict = Literal["same", "rename", "rewrite", "code", "partial", "manual", "none", "unknown"]
"""What a use becomes on a target.  ``none``: checked, no equivalent.  ``unknown``: nobody checked."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""In order of effort: the further right, the more a person has to do."""

SEVERITY: dict[str, int] = {verdict: rank for rank, verdict in enumerate(VERDICTS)}

Safety = Literal["safe", "review", "display", ""]
"""How an edit may be applied; empty where there is none to apply."""

Category = Literal["mandatory", "potential", "optional"]
"""Must change; may have to change (limits that only data or a run can show); may change."""

Role = Literal[
    "import",  # the name is brought into scope
    "include",  # a header
    "call",
    "name",  # read, passed on, or an attribute
    "type",
    "string",  # a string literal that carries the dependency
    "compare",  # a comparison, such as device.type == "cuda"
    "argument",  # the value of a call's argument
    "default",  # the default of a parameter or of a command-line option
    "macro body",
    "launch",  # kernel<<<grid, block>>>(...)
    "definition",  # a kernel, or another thing that the repository itself defines
    "config",  # a value in a configuration file
    "requirement",
    "command",
    "image",
    "flag",
    "hazard",
]

Context = Literal[
    "guarded",  # runs only where a capability test said yes
    "fallback",  # the branch taken where there is no CUDA
    "extension-guard",  # a guard in front of a CUDA-only extension: leaving it alone is correct
    "portable",  # already device-agnostic
    "multi-vendor",  # another vendor's case stands beside it
    "test",  # in a test
    "dead",  # unreachable, such as under `if False` or `#if 0`
    "parse-error",  # the span touches a parse error: never edited
]

CONTEXTS: tuple[Context, ...] = get_args(Context)
"""In the order in which a use lists them."""


class Arg(NamedTuple):
    """One argument of a call: its keyword ("" where positional) and its value's byte span."""

    keyword: str
    start: int
    end: int


class Use(NamedTuple):
    """One place where the code depends on CUDA (or on torch), independent of any target.

    ``symbol`` is ``scheme:name``; the schemes and the tables that judge them stand in
    ``rules/libraries.toml``.  ``start`` and ``end`` are byte offsets into the file as read.
    ``details`` holds what else is known, as (key, value) pairs: a version, a kernel's size.
    """

    symbol: str
    start: int
    end: int
    role: Role
    args: tuple[Arg, ...] = ()
    context: tuple[Context, ...] = ()
    details: tuple[tuple[str, str], ...] = ()


class Edit(NamedTuple):
    """Replace bytes ``start`` to ``end`` by ``text``: the only way anything is ever changed."""

    start: int
    end: int
    text: str


class Judgement(NamedTuple):
    """What one use becomes on one target, and how that is known.

    ``to`` and ``args`` form the template of DESIGN §3; ``source`` names the evidence and
    ``checked`` the day it was looked at (ISO date); ``note`` is a limit in a few words.
    ``needs`` is the first version of the source library that has the counterpart, where that is the
    library itself (portable code); "" for any.
    """

    verdict: Verdict
    to: str = ""
    args: str = ""
    safety: Safety = ""
    source: str = ""
    checked: str = ""
    note: str = ""
    needs: str = ""


class Finding(NamedTuple):
    """A use, where it stands (1-based; columns in characters), and its verdict per target."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    use: Use
    check: str
    category: Category
    text: str
    """The source text of the span, cut at 200 characters."""
    snippet: str
    """The first line of the span, whole, cut at 400 characters."""
    judgements: dict[str, Judgement]

    @property
    def worst(self) -> Verdict:
        """The verdict of the target that needs most work."""
        return max((j.verdict for j in self.judgements.values()), key=SEVERITY.__getitem__, default="same")


class Skip(NamedTuple):
    """A file or folder that was not read (or only in part), and why.  ``kind`` is stable for programs."""

    path: str
    kind: str
    reason: str
