"""pyx12's own command over a text, its maps parsed once in a process: it parses them anew for every file, 0.15 s each.

They hold no state of a file; over 594 samples and spoiled ones it said the same with maps of its own and with these.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

_load = pyx12.map_if.load_map_file


@cache
def _map(name: str, folder: str | None) -> Any:
    return _load(name, pyx12.params.ParamsBase(), folder)


def remembered(name: str, _params: Any = None, folder: str | None = None) -> Any:
    """Stands for ``load_map_file`` of pyx12."""
    return _map(name, folder)


def pyx12_accepts(text: str) -> tuple[bool, str]:
    """Whether pyx12's own command would say OK, and its own 999 (or 997) text. It prints: kept from our streams."""
    answer = io.StringIO()
    with (
        TemporaryDirectory() as folder,
        redirect_stdout(io.StringIO()),
        patch.object(pyx12.map_if, "load_map_file", remembered),
    ):
        path = Path(folder) / "file.x12"
        path.write_text(text, encoding="ascii")
        accepted = pyx12.x12n_document.x12n_document(pyx12.params.params(), str(path), answer, None)
    return bool(accepted), answer.getvalue()
