"""Every reason for not reading a file has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from migrate import messages

SOURCE = Path(messages.__file__).parent


def test_every_kind_of_skip_has_words() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    kinds = set(re.findall(r'Skip\(\s*[^,()]+(?:\([^()]*\))?[^,()]*,\s*"([a-z-]+)"', code))
    assert {"ignored", "parse-error", "lfs-pointer", "too-slow"} <= kinds
    for kind in kinds:
        assert messages.skipped(kind) != messages.skipped(kind, "zh")
