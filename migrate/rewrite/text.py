"""Uses whose text gives way to another one: words, values, images, requirements."""

from __future__ import annotations

import re
from collections.abc import Callable

from migrate.model import Finding, Judgement, Safety
from migrate.rewrite.changes import Reason, Splice

Answer = tuple[tuple[Splice, ...], Safety] | Reason

_LITERAL_START = re.compile(r"[A-Za-z]*['\"]+")
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[^\]]*\])?(?P<specifier>\s*[<>=!~].*)?")
_LOCAL = re.compile(r"\+[A-Za-z]\w*(\.\w+)*")
_RELEASE = re.compile(r"==\s*(\d+(?:\.\d+)*)")
_BETWEEN = {"requirements": "\n", "shell": " ", "docker": " "}
"""What stands between two requirements, by language."""
_COMMANDS = ("shell", "docker", "make")
_BARE = {"True": "true", "False": "false", "None": "null"}
"""Python's constants as YAML and JSON write them."""


def replaced(data: bytes, finding: Finding, judgement: Judgement, language: str) -> Answer:
    """The use's text gives way to its counterpart."""
    make = _BY_SCHEME.get(finding.use.symbol.partition(":")[0], _word)
    return make(data, finding, judgement, language)


def _word(data: bytes, finding: Finding, judgement: Judgement, _: str) -> Answer:
    """The word that names the use, inside of its span; of a member (``x.cuda``) that is the last part."""
    use = finding.use
    text, to = data[use.start : use.end].decode(), judgement.to
    scheme, _, old = use.symbol.partition(":")
    if scheme == "py" and old not in text:
        old, to = old.rpartition(".")[2], to.rpartition(".")[2]
    offset = _offset(text, old)
    if offset < 0 or "(" in to or (scheme == "py" and judgement.args not in ("", "$*")):
        return "string"
    start = use.start + len(text[:offset].encode())
    return (Splice.text(start, start + len(old.encode()), to),), judgement.safety or "review"


def _offset(text: str, old: str) -> int:
    """Where the word stands: at the start of the literal, or at its only place in the text."""
    if (match := _LITERAL_START.match(text)) and text.startswith(old, match.end()):
        return match.end()
    return text.find(old) if text.count(old) == 1 else -1


def _whole(_: bytes, finding: Finding, judgement: Judgement, __: str) -> Answer:
    """An image with its tag, an address.  That the counterpart exists doesn't mean that it holds the same."""
    return (Splice.text(finding.use.start, finding.use.end, judgement.to),), "review"


def _value(data: bytes, finding: Finding, judgement: Judgement, language: str) -> Answer:
    """The value of a parameter: in Python a literal, whose quotes stay; in configuration bare.  On a command line
    the program may be one with options of its own."""
    start, end = finding.use.start, finding.use.end
    text, to = data[start:end].decode(), judgement.to
    safety = "review" if language in _COMMANDS else judgement.safety or "review"
    if language not in ("python", "notebook"):
        return (Splice.text(start, end, _BARE.get(to, to)),), safety
    quotes = re.fullmatch(r"[A-Za-z]*(['\"]+).*?\1", text, re.DOTALL)
    if to in _BARE:
        return (Splice.text(start, end, to),), safety
    mark = quotes[1] if quotes else '"'
    return (Splice.text(start, end, f"{mark}{to}{mark}"),), safety


def _requirement(data: bytes, finding: Finding, judgement: Judgement, language: str) -> Answer:
    """A package's name gives way; its versions stay, or follow the template: ``$version`` as written, ``$release``
    every build of that release."""
    start, end = finding.use.start, finding.use.end
    match = _REQUIREMENT.fullmatch(data[start:end].decode())
    if finding.use.role != "requirement" or match is None:
        return "verdict"
    rest = _rest(data, end) if language == "requirements" else ""
    if language == "requirements" and re.search(r"\s--|\\", _rest(data, start)):  # another package has another hash
        return "string"
    specifier = _LOCAL.sub("", match["specifier"] or "")
    if judgement.verdict != "rewrite":
        return (Splice.text(start, end, judgement.to + (match["extras"] or "") + specifier),), "review"
    names, versions = judgement.to.split(", "), judgement.args.split(", ")
    if len(names) > 1 and language not in _BETWEEN:
        return "string"
    pinned = _RELEASE.match(specifier.strip())
    values = {"$version": specifier, "$release": f"=={pinned[1]}.*" if pinned else "", "": ""}
    made = [name + values.get(version, version) for name, version in zip(names, versions, strict=True)]
    between = rest + _BETWEEN.get(language, "")
    if b"\r\n" in data:
        between = between.replace("\n", "\r\n")
    return (Splice.text(start, end, between.join(made)),), "review"


def _rest(data: bytes, end: int) -> str:
    """What belongs to a requirement behind its versions: the marker, options."""
    line = data[end:].partition(b"\n")[0].decode(errors="replace")
    return re.split(r"(^|\s)#", line)[0].rstrip()


_BY_SCHEME: dict[str, Callable[[bytes, Finding, Judgement, str], Answer]] = {
    "image": _whole,
    "index": _whole,
    "param": _value,
    "package": _requirement,
}
