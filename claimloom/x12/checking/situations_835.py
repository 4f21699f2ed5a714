"""Situational rules of the 835 (005010X221A1) and the 277CA (005010X214): signs, sums that payers err in, conflicts."""

from __future__ import annotations

from claimloom.x12.checking.situation import Rules
from claimloom.x12.guides.findings import SEGMENT_CODES
from claimloom.x12.guides.text import cents
from claimloom.x12.guides.values import is_date
from claimloom.x12.guides.verdicts import ACCEPTS, REJECTS, disagree
from claimloom.x12.reading.document import Loop


class PaymentRules(Rules):
    """Header, payee and claims of an 835; statuses of a 277CA."""

    def _payee(self, loop: Loop, _end: int) -> None:
        """Behind the payee the header is complete: code lists are looked at on its day."""
        root = loop.parent
        if root is None:
            return
        mark = root.frame.delimiters.element
        produced = self._at(self._row(root, f"DTM{mark}405{mark}"), 2)
        day = produced or self._at(self._row(root, f"BPR{mark}"), 16)
        self.day = day if len(day) == 8 and is_date(day) else ""

    def _payment(self, loop: Loop, _end: int) -> None:
        mark = loop.frame.delimiters.element
        parts = loop.texts[0].split(mark) if loop.texts else [""]
        if parts[0] != "CLP" or len(parts) < 5:
            return
        if parts[3].startswith("-") and parts[2] != "22":
            self._element(loop, loop.head, "03", "7", "is negative, which only a reversal (CLP02 = 22) is")
        elif parts[2] == "22" and parts[3] not in ("", "0") and not parts[3].startswith("-"):
            said = "of a reversal (CLP02 = 22) is the original charge with the other sign"
            self._element(loop, loop.head, "03", "7", said)
        if self._row(loop, f"MIA{mark}") and self._row(loop, f"MOA{mark}"):
            said = "MOA (outpatient) and MIA (inpatient) are not of one claim"
            self._say(loop, loop.find("MOA"), SEGMENT_CODES["I9"], "IK3 I9", said)
        if len(parts) > 5 and parts[5]:
            self._responsibility(loop, parts)

    def _responsibility(self, loop: Loop, parts: list[str]) -> None:
        """CLP05 is what the patient owes by the file's own adjustments; payers err, so it is a warning."""
        mark = loop.frame.delimiters.element
        start = f"CAS{mark}PR{mark}"
        total = 0
        try:
            said_cents = cents(parts[5])
            for owner in (loop, *loop.loops):
                for text in owner.texts:
                    if text.startswith(start):
                        total += sum(map(cents, filter(None, text.split(mark)[3::3])))
        except ValueError:  # said by the check of values
            return
        if total != said_cents:
            said = "CLP05 is not the sum of the PR adjustments of claim and lines"
            self._say(loop, loop.head, "patient_responsibility", "", said, "05", severity="warn", snip=3)

    def _payment_header(self, root: Loop) -> None:
        bpr, trn = root.find("BPR"), root.find("TRN")
        if bpr is None:
            return
        if bpr.get(2).startswith("-"):
            self._element(root, bpr, "02", "7", "is negative; what cannot be paid is carried forward (PLB FB)")
        if bpr.get(3) == "D":
            said = "BPR03 takes money back (D) instead of paying"
            self._say(root, bpr, "debit", "", said, "03", severity="warn")
        if trn is not None and bpr.get(10) and trn.get(3) != bpr.get(10):
            self._element(root, trn, "03", "7", "is the payer's number as in BPR10")
        if bpr.get(4) == "NON" and bpr.get(2).strip("0.") not in ("", "-"):
            self._element(root, bpr, "04", "7", "is NON (no payment), but BPR02 is not 0")

    def _status(self, loop: Loop, _end: int) -> None:
        """Accepted or rejected (STC03) goes with the category (STC01-1)."""
        for segment in loop.find_all("STC"):
            action, category = segment.get(3), segment.get(1, 1)
            if action in (ACCEPTS, REJECTS) and disagree(action, category):
                said = f"STC03 {action} and category {category} do not go together"
                self._say(loop, segment, "status_conflict", "", said, "03", severity="warn")
