"""Letters and marks as plain ASCII: how names and streets are spelled where a file takes no others.

``Ł`` is ``L`` and ``ß`` is ``SS`` (X12 RFI 2212: the letter without its mark; table of ICAO 9303); typographic quotes
become plain ones. What Unicode takes apart into digits (a fraction, a raised or circled number) stands apart from the
digits beside it: ``4½`` is ``4 1/2``, never ``41/2``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

# Letters and marks that Unicode does not take apart, and marks of the extended set as the basic set writes them.
SPELLED: Final = {
    **dict(
        zip("ß ẞ æ Æ œ Œ ø Ø ł Ł đ Đ ð Ð þ Þ".split(), "ss SS ae AE oe OE o O l L d D d D th TH".split(), strict=True)
    ),
    **dict(zip("ħ Ħ ŧ Ŧ ı ĸ ŋ Ŋ ŀ Ŀ ə Ə ƒ µ".split(), "h H t T i k ng NG l L e E f u".split(), strict=True)),
    **dict(zip("ɓ Ɓ ɗ Ɗ ƙ Ƙ ƴ Ƴ ǥ Ǥ € £".split(), "b B d D k K y Y g G EUR GBP".split(), strict=True)),
    **dict(zip("… × ÷ ⁄ • ¬ ¦".split(), "... x / / - - /".split(), strict=True)),
    **dict.fromkeys("‘’‚‛′ʹʻʼʽʾʿˈ´‹›", "'"),
    **dict.fromkeys("“”„‟″ʺ«»", '"'),
    **dict.fromkeys("‐‑‒–—―−⁃", "-"),
    **dict.fromkeys("¿¡™®©°\u00ad\u200b\u200d\ufeff", ""),
}
NEAREST: Final = {"`": "'", "[": "(", "]": ")", "{": "(", "}": ")", "\\": "/", "|": "/", "_": "-", "%": " PCT"}
WHITE: Final = "\t\n\r\v\f"
APART: Final = ("<fraction>", "<super>", "<sub>", "<circle>")
"""Kinds of marks that stand for a number of their own, beside the digits before and after them."""


@lru_cache(maxsize=4096)
def latin(mark: str) -> str | None:
    """ASCII for a character outside of it (or a space for a mark); None for a letter without a spelling."""
    if mark.isascii():
        return None if mark.isalnum() or (ord(mark) < 32 and mark not in WHITE) or mark == "\x7f" else " "
    if mark in SPELLED:
        return SPELLED[mark]
    if unicodedata.category(mark) == "Mn":  # an accent that stands after its letter as a character of its own
        return "" if 0x0300 <= ord(mark) <= 0x036F else None
    parts = unicodedata.normalize("NFKD", mark)
    if parts != mark:
        said = [SPELLED.get(each, each if each.isascii() else None) for each in parts if not _accent(each)]
        if None in said or not said:
            return None
        text = "".join(each for each in said if each is not None)
        return f" {text} " if unicodedata.decomposition(mark).startswith(APART) and text[0].isdigit() else text
    return " " if unicodedata.category(mark)[0] in "PZ" else None


def _accent(mark: str) -> bool:
    return unicodedata.category(mark) == "Mn" and 0x0300 <= ord(mark) <= 0x036F
