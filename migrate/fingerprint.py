"""Names for findings that outlive edits elsewhere in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

from migrate.model import Finding


def _digits(*parts: str) -> str:
    text = "\0".join(parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One fingerprint a finding, 16 hexadecimal digits, in the same order.

    The first eight say what stands there: check, symbol, and the line with its white space evened out.
    The last eight say where: the file, and which of several equal findings in it.  Lines above may
    come and go; after a file is renamed the first half still matches.
    """
    seen: Counter[tuple[str, str]] = Counter()
    result = []
    for finding in findings:
        what = _digits(finding.check, finding.use.symbol, " ".join(finding.snippet.split()))
        seen[finding.path, what] += 1
        result.append(what + _digits(finding.path, str(seen[finding.path, what])))
    return result
