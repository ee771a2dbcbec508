"""Regular expressions that are compiled when they are first used.

A scan of one small file uses few of the hundreds that this package has; compiling all of them would take
longer than the scan.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    def __init__(self, text: Any, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)  # found at once from now on
        return value


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The same as ``re.compile``, later; a mistake in the expression is raised at the first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))
