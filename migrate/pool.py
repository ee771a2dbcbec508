"""The parallel map: files over worker processes, results in the order asked for.

Tree-sitter's bindings hold Python's lock, so threads would not help.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.analysis import FileResult, analyse
from migrate.cache import digest
from migrate.files import Entry
from migrate.model import Skip

if TYPE_CHECKING:  # a small scan starts no processes and need not load what would start them
    from concurrent.futures import Future, ProcessPoolExecutor

Answer = tuple[Entry, bytes, FileResult | None]
"""A file, the hash of its content (empty where it could not be read), its result; None as result
says that the content has the hash that was known."""

Job = tuple[Entry, bytes]
"""A file, and the hash that its content had the last time (empty where there was none)."""

_CHUNK = 1_000_000
_ALONE = 2_000_000
"""Bytes: less than this isn't worth starting processes for."""


def read(entry: Entry) -> bytes | Skip:
    """The bytes of a file, or why there are none."""
    try:
        return Path(entry.place).read_bytes()
    except OSError as error:
        return Skip(entry.path, "unreadable", f"can't be read: {error.strerror}")


def work(jobs: Sequence[Job], seconds: float) -> list[Answer]:
    """The results of some files."""
    answers: list[Answer] = []
    for entry, known in jobs:
        content = read(entry)
        if isinstance(content, Skip):
            answers.append((entry, b"", FileResult(problems=(content,))))
            continue
        mark = digest(content)
        if mark == known:
            answers.append((entry, mark, None))
            continue
        result = analyse(entry, content, seconds)
        failed = any(problem.kind in ("too-slow", "internal") for problem in result.problems)
        answers.append((entry, b"" if failed else mark, result))  # another run may have more luck: not kept
    return answers


def run(entries: Sequence[Entry], known: Mapping[str, bytes], jobs: int, seconds: float) -> Iterator[list[Answer]]:
    """The results of all files, in order, a chunk at a time."""
    chunks = [[(entry, known.get(entry.path, b"")) for entry in chunk] for chunk in _chunks(entries)]
    if jobs == 1 or sum(entry.size for entry in entries) < _ALONE:
        for chunk in chunks:
            yield work(chunk, seconds)
        return
    executor = _executor(min(jobs, len(chunks)))
    try:
        futures = [executor.submit(work, chunk, seconds) for chunk in chunks]
        for future, chunk in zip(futures, chunks, strict=True):
            yield _answers(future, chunk, seconds)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _executor(workers: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(workers, initializer=_leave_interrupts_to_the_parent)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _answers(future: Future[list[Answer]], chunk: Sequence[Job], seconds: float) -> list[Answer]:
    """A chunk's results.  Where a worker died, each file gets a process of its own, so that only
    the one that kills it is lost."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result()
    except BrokenProcessPool:
        return [answer for job in chunk for answer in _alone(job, seconds)]


def _alone(job: Job, seconds: float) -> list[Answer]:
    from concurrent.futures.process import BrokenProcessPool

    with _executor(1) as executor:
        try:
            return executor.submit(work, (job,), seconds).result()
        except BrokenProcessPool:
            skip = Skip(job[0].path, "internal", "the process that read it died (out of memory?)")
            return [(job[0], b"", FileResult(problems=(skip,)))]


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        chunk.append(entry)
        size += entry.size
        if size > _CHUNK or len(chunk) >= 500:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def default_jobs() -> int:
    """As many workers as there are processors for us."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
