"""The parallel map: files over worker processes, results as they come.

Tree-sitter's bindings hold Python's lock, so threads would not help.  Python's own pools lose all
that is under way when one worker dies, and can't be left at once on an interrupt; so this is ours.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from migrate.analysis import FileResult, analyse
from migrate.cache import digest
from migrate.files import Entry
from migrate.model import Skip
from migrate.packed import pack

if TYPE_CHECKING:  # a small scan starts no processes and need not load what would start them
    from multiprocessing.connection import Connection

Answer = tuple[Entry, bytes, str | None]
"""A file, the hash of its content (empty where the result is not to be kept), its packed result; None
as result says that the content has the hash that was known."""

Job = tuple[Entry, bytes]
"""A file, and the hash that its content had the last time (empty where there was none)."""

_CHUNK = 1_000_000
_ALONE = 2_000_000
"""Bytes: less than this isn't worth starting processes for."""

_PAUSE = 0.05
"""Seconds: a worker tells its results as often as this, or after each file that takes longer."""


def read(entry: Entry) -> bytes | Skip:
    """The bytes of a file, or why there are none."""
    try:
        return Path(entry.place).read_bytes()
    except OSError as error:
        return Skip(entry.path, "unreadable", f"can't be read: {error.strerror}")


def work(job: Job, seconds: float) -> Answer:
    """The result of one file."""
    entry, known = job
    content = read(entry)
    if isinstance(content, Skip):
        return entry, b"", pack(FileResult(problems=(content,)))
    mark = digest(content)
    if mark == known:
        return entry, mark, None
    result = analyse(entry, content, seconds)
    failed = any(problem.kind in ("too-slow", "internal") for problem in result.problems)
    return entry, b"" if failed else mark, pack(result)  # another run may have more luck: not kept


def run(
    entries: Sequence[Entry], known: Mapping[str, bytes], jobs: int, seconds: float
) -> Generator[list[Answer], None, None]:
    """The results of all files, some at a time, in any order.  Closing it kills the workers."""
    todo = [(entry, known.get(entry.path, b"")) for entry in entries]
    if jobs == 1 or sum(entry.size for entry in entries) < _ALONE:
        for job in todo:
            yield [work(job, seconds)]
    else:
        yield from _parallel([*_chunks(todo)], jobs, seconds)


def _parallel(chunks: list[list[Job]], jobs: int, seconds: float) -> Iterator[list[Answer]]:
    from multiprocessing.connection import wait

    chunks.reverse()
    workers = [_Worker(seconds) for _ in range(min(jobs, len(chunks)))]
    try:
        while True:
            for worker in workers:
                if chunks and not worker.jobs:
                    worker.give(chunks.pop())
            busy = {worker.pipe: worker for worker in workers if worker.jobs}
            if not busy:
                return
            for pipe in wait([*busy]):
                worker = busy[cast("Connection", pipe)]
                if (answers := worker.answers()) is not None:
                    yield answers
                    continue
                workers.remove(worker)
                workers.append(_Worker(seconds))
                if len(worker.jobs) > 1:  # one of them kills: each comes again, alone
                    chunks.extend([job] for job in reversed(worker.jobs))
                else:
                    yield [_lost(worker.jobs[0][0])]
    finally:
        for worker in workers:
            worker.process.kill()


def _lost(entry: Entry) -> Answer:
    skip = Skip(entry.path, "internal", "the process that read it died (out of memory?)")
    return entry, b"", pack(FileResult(problems=(skip,)))


class _Worker:
    """A process, the pipe to it, and the files whose results it owes."""

    def __init__(self, seconds: float) -> None:
        from multiprocessing import Pipe, Process

        self.pipe, theirs = Pipe()
        self.process = Process(target=_serve, args=(theirs, self.pipe, seconds), daemon=True)
        self.process.start()
        theirs.close()
        self.jobs: list[Job] = []

    def give(self, jobs: list[Job]) -> None:
        """Let it work on some files; it must owe none."""
        self.jobs = jobs
        with suppress(OSError):  # it died: its answers will tell
            self.pipe.send(jobs)

    def answers(self) -> list[Answer] | None:
        """The next results, waited for; None where the process died."""
        try:
            answers: list[Answer] = self.pipe.recv()
        except (EOFError, OSError):
            return None
        del self.jobs[: len(answers)]
        return answers


def _serve(pipe: Connection, parents: Connection, seconds: float) -> None:
    """A worker's life: until it is killed or the parent is gone.  Interrupts are the parent's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parents.close()  # or the end of the parent would not end the pipe
    with suppress(EOFError, OSError):
        while True:
            answers: list[Answer] = []
            due = time.monotonic() + _PAUSE
            for job in pipe.recv():
                answers.append(work(job, seconds))
                if time.monotonic() > due:
                    pipe.send(answers)
                    answers = []
                    due = time.monotonic() + _PAUSE
            pipe.send(answers)


def _chunks(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    chunk: list[Job] = []
    size = 0
    for job in jobs:
        chunk.append(job)
        size += job[0].size
        if size > _CHUNK or len(chunk) >= 500:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def default_jobs() -> int:
    """As many workers as there are processors for us."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
