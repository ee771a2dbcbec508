"""The parser and its query hear a signal, and the next file starts afresh."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from migrate import parsing
from migrate.cpp import errors
from migrate.python import grammar


class AlarmError(Exception):
    """The time is up."""


def stopped(work: Callable[[], object], after: float) -> float:
    """Seconds of processor time from the alarm to its being heard."""

    def ring(*_: object) -> None:
        raise AlarmError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, after)
    start = time.process_time()
    try:
        with pytest.raises(AlarmError):
            work()
        return time.process_time() - start - after
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_python_is_stopped_while_it_is_parsed() -> None:
    assert stopped(lambda: grammar.parse(b"a.b(c)\n" * 500_000), 0.1) < 0.5
    assert grammar.parse(b"x = 1\n").root_node.end_byte == 6


def test_cuda_is_stopped_while_it_is_parsed() -> None:
    assert stopped(lambda: errors.find(b"int a = b(c);\n" * 280_000), 0.1) < 0.5
    assert errors.find(b"int a;\n") == errors.Broken([])


def test_python_is_stopped_while_it_is_searched() -> None:
    root = grammar.parse((b"a" + b".b()" * 700 + b"\n") * 400).root_node
    assert stopped(lambda: grammar.structure(root), 0.1) < 4


def test_noise_that_is_parsed_in_one_go_takes_less_than_a_second() -> None:
    start = time.process_time()
    grammar.parse((b"f(" + b'f"{' * 30_000)[: parsing._SHORT])
    errors.find((b"a<b<" * 30_000)[: parsing._SHORT])
    assert time.process_time() - start < 5  # of a busy machine


def test_what_lies_across_two_searches_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    root = grammar.parse(b"def f(a, b=1):\n    return [g.h(x) for x in (lambda y: y)(a)]\n" * 5).root_node
    whole = grammar.structure(root)
    monkeypatch.setattr(grammar, "_SLICE", 7)
    assert grammar.structure(root) == whole
