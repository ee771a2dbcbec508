"""Speed as ratios in one run: python benchmarks/speed.py

Everything is CPU time of this machine, so only the ratios travel: to the bare parse of the same
bytes by tree-sitter, and to a literal search over them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from fetch import fetch

from migrate.analysis import analyse
from migrate.files import Entry, WalkOptions, walk
from migrate.markers import marked

PYTHON = ("deepspeed", "transformers", "accelerate", "mmengine")
CUDA = ("torch-cluster", "gsplat", "xgboost", "natten", "cupy")


def main() -> None:
    """Print all figures."""
    print("| what | MB | MB per CPU second | of the bare parse |\n|---|---:|---:|---:|")
    for language, projects in (("python", PYTHON), ("cuda", CUDA)):
        entries = [entry for name in projects for entry in walk(fetch(name), WalkOptions()) if _is(entry, language)]
        files = [(entry, Path(entry.place).read_bytes()) for entry in entries]
        _language(language, files)
    _unmarked()
    _rescan()
    _start()


def _is(entry: object, language: str) -> bool:
    return isinstance(entry, Entry) and entry.language == language


def _language(language: str, files: list[tuple[Entry, bytes]]) -> None:
    marked_files = [(entry, data) for entry, data in files if marked(language, data)]
    for entry, data in files[:20]:
        analyse(entry, data, 60)  # grammars and queries are loaded once a process
    bare = _rate(files, _parser(language))
    _line(f"{language}: tree-sitter's bare parse", files, bare, bare)
    _line(f"{language}: analysis of all files", files, _rate(files, lambda e, d: analyse(e, d, 60)), bare)
    literal = _rate(files, lambda _, data: data.find(b"no such word"))
    _line(f"{language}: a search for one literal", files, literal, bare)
    of_marked = _rate(marked_files, lambda e, d: analyse(e, d, 60))
    _line(f"{language}: analysis of files with a marker", marked_files, of_marked, bare)


def _line(what: str, files: list[tuple[Entry, bytes]], rate: float, bare: float) -> None:
    megabytes = sum(len(data) for _, data in files) / 1e6
    print(f"| {what} | {megabytes:.1f} | {rate:.1f} | {rate / bare:.2f} |", flush=True)


def _rate(files: list[tuple[Entry, bytes]], work: Callable[[Entry, bytes], object]) -> float:
    start = time.process_time()
    for entry, data in files:
        work(entry, data)
    return sum(len(data) for _, data in files) / 1e6 / (time.process_time() - start)


def _parser(language: str) -> Callable[[Entry, bytes], object]:
    from tree_sitter import Language, Parser

    if language == "python":
        import tree_sitter_python as grammar
    else:
        import tree_sitter_cuda as grammar
    parser = Parser(Language(grammar.language()))
    return lambda _, data: parser.parse(data)


def _unmarked() -> None:
    """Files that hold nothing for us: the standard library, over and over."""
    files = []
    for path in sorted(Path(os.__file__).parent.rglob("*.py")):
        data = path.read_bytes()
        if not marked("python", data):
            files.append((Entry(path.name, str(path), "python", len(data), 0), data))
    rate = _rate(files, lambda entry, data: analyse(entry, data, 60))
    literal = _rate(files, lambda _, data: data.find(b"no such word"))
    _line("python: files without a marker", files, rate, literal)
    print(f"|   a single literal search over them | | {literal:.0f} | |")


def _cpu(command: list[str], env: Mapping[str, str] | None = None) -> float:
    """CPU seconds of a command and all that it starts; Python keeps its compiled modules, as it does by default."""
    made = {name: value for name, value in (env or os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=made)
    usage = os.wait4(process.pid, 0)[2]
    return float(usage.ru_utime + usage.ru_stime)


def _scan(path: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "migrate", "scan", str(path), "--target", "cann", "--quiet", *options]


def _rescan() -> None:
    """20,000 unchanged files, as in a large repository: most without CUDA."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        root = Path(folder)
        for at in range(20_000):
            place = root / f"p{at // 200}" / f"m{at}.py"
            place.parent.mkdir(exist_ok=True)
            body = "import torch\n\n\ndef f(x):\n    return x.cuda()\n" if at % 20 == 0 else "x = 1\n"
            place.write_text(body + f"# {at}\n")
        time.sleep(2.5)  # a file changed a moment ago is never trusted
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        first = _cpu(_scan(root, "--jobs", "1"), env=environment)
        again = min(_cpu(_scan(root, "--jobs", "1"), env=environment) for _ in range(3))
    print(f"\n20,000 files: first scan {first:.2f} CPU s, unchanged again {again:.2f} CPU s")


def _start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "a.py"
        place.write_text("import torch\n\nx = torch.zeros(3).cuda()\n")
        seconds = min(_cpu(_scan(place, "--no-cache")) for _ in range(5))
        version = min(_cpu([sys.executable, "-m", "migrate", "--version"]) for _ in range(5))
        bare = min(_cpu([sys.executable, "-c", "pass"]) for _ in range(5))
    print(
        f"one small file: {seconds * 1000:.0f} ms CPU; "
        f"--version {version * 1000:.0f} ms; python alone {bare * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
