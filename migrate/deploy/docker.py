"""Dockerfiles: base images with their ARGs filled in, RUN as shell, ENV and ARG as variables."""

from __future__ import annotations

import re

from migrate.collect import Collector, blank
from migrate.deploy.shell import shell_uses
from migrate.deploy.words import drop_own_variables, find_image, find_words
from migrate.facts.sources import names
from migrate.frontend import FileUses
from migrate.source import SourceFile
from migrate.vocabulary import env_symbol

_COMMENT = re.compile(rb"^[ \t]*#[^\n]*", re.MULTILINE)
INSTRUCTION = re.compile(
    rb"^[ \t]*(?:ONBUILD[ \t]+)?(?P<name>FROM|RUN|ENV|ARG|COPY|ADD|CMD|ENTRYPOINT|HEALTHCHECK|LABEL|SHELL|WORKDIR"
    rb"|VOLUME|EXPOSE|USER|STOPSIGNAL|MAINTAINER)[ \t]+",
    re.MULTILINE | re.IGNORECASE,
)
_FROM = re.compile(rb"(?:--\S+[ \t]+)*[\"']?(?P<ref>[^\s\"']+)[\"']?(?:[ \t]+AS[ \t]+(?P<stage>\S+))?", re.IGNORECASE)
_COPY_FROM = re.compile(rb"--from=(?P<ref>[^\s\"']+)|\bfrom=(?P<mount>[^\s,\"']+)")
_PAIR = re.compile(rb"(?P<name>[A-Za-z_]\w*)=(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\"'\\]|\\[^\n])*)")
_OLD_ENV = re.compile(rb"(?P<name>[A-Za-z_]\w*)[ \t]+(?P<value>\S[^\n]*?)[ \t]*\r?$", re.MULTILINE)
_BARE_ARG = re.compile(rb"(?P<name>[A-Za-z_]\w*)[ \t]*\r?$", re.MULTILINE)
_LABEL = re.compile(rb"(com\.nvidia\.[\w.-]+)[\"']?=")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?[-+]([^}]*))?\}|(\w+))")


def find(source: SourceFile) -> FileUses:
    """The uses in a Dockerfile."""
    out = Collector(blank(source.data, (match.span() for match in _COMMENT.finditer(source.data))))
    starts = list(INSTRUCTION.finditer(out.data))
    values: dict[str, str] = {}
    stages: set[str] = set()
    for index, match in enumerate(starts):
        limit = starts[index + 1].start() if index + 1 < len(starts) else len(out.data)
        name = match["name"].upper()
        if name == b"FROM":
            _from(out, match.end(), limit, values, stages)
        elif name in (b"ENV", b"ARG"):
            _pairs(out, match.end(), limit, values, keep=name == b"ENV")
        elif name in (b"COPY", b"ADD"):
            _copy(out, match.end(), limit, values, stages)
        elif name == b"LABEL":
            for label in _LABEL.finditer(out.data, match.end(), limit):
                out.add("resource:docker:nvidia", *label.span(1), "config")
        elif name in (b"CMD", b"ENTRYPOINT", b"HEALTHCHECK", b"RUN", b"SHELL"):
            _run(out, match.end(), limit)
    _drop_build_arguments(out, values)
    drop_own_variables(out)
    return out.result()


def _fill(text: str, values: dict[str, str]) -> str:
    """The text with its variables filled in, as far as the file gives them values."""
    for _ in range(4):
        filled = _VARIABLE.sub(lambda m: values.get(m[1] or m[3], m[2] or m[0]), text)
        if filled == text or len(filled) > 500:
            break
        text = filled
    return text


def _from(out: Collector, start: int, end: int, values: dict[str, str], stages: set[str]) -> None:
    match = _FROM.match(out.data, start, end)
    if match is None:
        return
    if match["stage"]:
        stages.add(match["stage"].decode("utf-8", "replace").lower())
    written = out.text(*match.span("ref"))
    if written.lower() not in stages:
        whole = _VARIABLE.fullmatch(written)
        if whole is None or whole[2] or not _is_image(values.get(whole[1] or whole[3], "")):
            find_image(out, *match.span("ref"), _fill(written, values))


def _is_image(value: str) -> bool:
    return "/" in value or ":" in value


def _copy(out: Collector, start: int, end: int, values: dict[str, str], stages: set[str]) -> None:
    for match in _COPY_FROM.finditer(out.data, start, end):
        if (ref := out.text(*match.span("ref"))).lower() not in stages and match["ref"]:
            find_image(out, *match.span("ref"), _fill(ref, values))
    find_words(out, start, end)


def _pairs(out: Collector, start: int, end: int, values: dict[str, str], keep: bool) -> None:
    """ENV and ARG: names with values, which later instructions may use."""
    pairs = list(_PAIR.finditer(out.data, start, end))
    first = _PAIR.match(out.data, start, end)
    if first is None and (match := (_OLD_ENV if keep else _BARE_ARG).match(out.data, start, end)):
        pairs = [match]
    for match in pairs:
        name = match["name"].decode()
        out.add(env_symbol(name), *match.span("name"), "config")
        if "value" not in match.groupdict() or match["value"] is None:
            continue
        value = out.text(*match.span("value")).strip("\"'")
        values[name] = _fill(value, values)
        at = match.start("value") + (match["value"][:1] in (b'"', b"'"))
        if "/" in value and not value.startswith("/") and "://" not in value:
            find_image(out, at, at + len(value.encode()), values[name])
    find_words(out, start, end)


def _run(out: Collector, start: int, end: int) -> None:
    """RUN and its like, in the shell form or as a JSON list."""
    text = out.data[start:end]
    if text.lstrip().startswith(b"["):
        quiet = re.sub(rb"[\[\],\"]", b" ", text)
        found = shell_uses(quiet, 0, len(quiet))
        out.extend(use._replace(start=use.start + start, end=use.end + start) for use in found)
        return
    while option := re.match(
        rb"[ \t]*--(?:mount|network|security|interval|timeout|retries|start-period)=\S+[ \t\\]*", text
    ):
        start += option.end()
        text = out.data[start:end]
    if option := re.match(rb"[ \t\\\r\n]*CMD[ \t]+", text):
        start += option.end()
    out.extend(shell_uses(out.data, start, end, docker=True))


def _drop_build_arguments(out: Collector, values: dict[str, str]) -> None:
    """Drops build arguments that only the file itself knows: no list holds them and nothing exports them."""
    listed = names("env")
    exported = {name.decode() for name in re.findall(rb"(?:^|\s)(?:ENV|export)[ \t]+([A-Za-z_]\w*)", out.data)}
    own = set(values) - exported
    out.replace(
        use for use in out.uses() if use.symbol[:4] != "env:" or use.symbol[4:] in listed or use.symbol[4:] not in own
    )
