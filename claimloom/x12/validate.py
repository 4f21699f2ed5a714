"""A second opinion: pyx12's validator over a file's text. Structure only; it knows no balancing and no situations."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from pathlib import Path

import pyx12.params
import pyx12.x12n_document


def pyx12_accepts(text: str) -> tuple[bool, str]:
    """Whether pyx12 finds nothing wrong, and its own 999 (or 997) text, which says what it found.

    pyx12 logs and prints as it goes; both are kept away from our streams.
    """
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    answer = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "file.x12"
        path.write_text(text, encoding="ascii")
        accepted = pyx12.x12n_document.x12n_document(pyx12.params.params(), str(path), answer, None)
    return bool(accepted), answer.getvalue()
