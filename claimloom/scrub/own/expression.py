"""A condition in CEL (Common Expression Language): compiled with the types of its facts, asked within bounds.

CEL has no loops, no assignment and no access to anything but the facts that it is given; the library is that of the
language's makers and is imported here alone. What could grow is bounded: the length of a text, how many times it walks
a list (twice; a walk within a walk is two), and by the library how deep it nests (32) and how many steps its walks take
(10,000). ``matches`` is RE2,
which takes time in proportion to its text. https://github.com/google/cel-spec, https://github.com/cel-expr/cel-python
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from claimloom.errors import PlainError
from claimloom.scrub.own.facts import FACTS, LINE

MOST_CHARACTERS: Final = 1000
MOST_WALKS: Final = 2
WALKS: Final = re.compile(r"\b(?:all|exists|exists_one|existsOne|map|filter|transform\w*|bind)\b")
"""The words that walk a list, wherever they stand: counted too often rather than too seldom."""
UNTYPED: Final = re.compile(r"\b(dyn|type)\s*\(")
"""What hides of which kind a fact is: a text is never equal to a number, and nobody would be told."""
UNKNOWN: Final = re.compile(r"undeclared reference to '([^']*)'")
UNTOLD: Final = re.compile(r'No value with name "([^"]*)"')
NO_FACT: Final = "No value with name"
TOO_LONG: Final = "budget exceeded"
SAID: Final = (
    ("divide by zero", "a number is divided by zero"),
    ("modulus by zero", "a number is divided by zero"),
    ("Index error", "a list is shorter than the place asked for"),
    ("overflow", "a number is too large"),
    (TOO_LONG, "it takes too many steps"),
)
"""What the library says, and what we say of it: its own words may quote what stands in the visit."""


class ExpressionError(PlainError):
    """A condition that cannot be read; the text says what and what to do."""


class UnansweredError(Exception):
    """A condition that gave no answer for a claim; the text says why and quotes nothing of the claim."""


@dataclass(frozen=True)
class Condition:
    """A compiled condition; ``of_lines``: it looks at a line, and is asked of each."""

    text: str
    of_lines: bool
    program: Any

    def holds(self, facts: Any) -> bool:
        """Its answer to ``facts`` (``activation``); UnansweredError if it has none."""
        try:
            answer = self.program.eval(facts)
            value = answer.value() if answer.type() == _cel().Type.BOOL else str(answer.value())
        except RuntimeError as error:
            value = str(error)
        if isinstance(value, bool):
            return value
        if untold := UNTOLD.search(value):
            raise UnansweredError(f"the visit does not tell {untold[1]}")
        raise UnansweredError(next((said for mark, said in SAID if mark in value), "it gives no answer for this claim"))


def compiled(text: str) -> Condition:
    """The condition; ExpressionError where it cannot be read, is not yes or no, or could cost too much."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"has {len(text):,} characters; at most {MOST_CHARACTERS:,}: make two rules of it")
    if (walks := len(WALKS.findall(text))) > MOST_WALKS:
        raise ExpressionError(f"walks lists {walks} times (exists, all, filter, map); at most {MOST_WALKS} times")
    if untyped := UNTYPED.search(text):
        raise ExpressionError(f"asks {untyped[1]}(...): leave it out, so that texts are compared with texts alone")
    try:
        program, of_lines = _env(lines=False).compile(text), False
    except RuntimeError:
        try:
            program, of_lines = _env(lines=True).compile(text), True
        except RuntimeError as error:
            raise ExpressionError(_why(str(error))) from None
    if program.return_type() != _cel().Type.BOOL:
        raise ExpressionError(f"gives {program.return_type().name().lower()}; a condition is true or false")
    return Condition(text, of_lines, program)


def activation(facts: Mapping[str, Any], *, lines: bool) -> Any:
    """Facts by name as conditions take them; those that nobody told are left out."""
    return _env(lines=lines).Activation(facts)


def _why(said: str) -> str:
    """The first thing that the compiler holds against a text, in a line; with the nearest name for an unknown one."""
    if unknown := UNKNOWN.search(said):
        near = get_close_matches(unknown[1], [each.name for each in FACTS], n=1)
        return f"names {unknown[1]}, which is no fact" + (f"; is it {near[0]}?" if near else "")
    if "recursion" in said:
        return "nests too deep: make two rules of it, or ask `in` of a list instead of a chain of ||"
    first = said.partition("\n")[0].partition("<input>:")[2] or said.partition("\n")[0]
    return f"cannot be read: {first[:300]}"


def _cel() -> Any:
    from cel_expr_python import cel  # noqa: PLC0415 - who has no rules of their own need no CEL

    return cel


@cache
def _env(*, lines: bool) -> Any:
    kinds = _cel().Type
    of = {
        "text": kinds.STRING,
        "number": kinds.INT,
        "yes or no": kinds.BOOL,
        "list of texts": kinds.List(kinds.STRING),
        "list of numbers": kinds.List(kinds.INT),
    }
    names = {each.name: of[each.kind] for each in FACTS if lines or not each.name.startswith(LINE)}
    return _cel().NewEnv(variables=names)
