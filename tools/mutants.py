"""``make mutants``: small faults put into units, modifiers, NCCI and the day; how many of them the tests notice.

All tests of the subject are collected once. A first child runs each and notes which lines of ours it comes through.
Then every fault has a child of its own: the code of one function is exchanged, and tests that come through its line run
until one fails, first those that come through little else. After some seconds of them it counts as not noticed. Nothing
is written; the parent stays whole. A seed draws the sample, so it is the same each time.

``tools/mutants.csv`` names those that no test can notice, each with its reason; they count for neither side. Exit 1
where less than WANTED of the rest are noticed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import gc
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import _lru_cache_wrapper, partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, cast

import pytest
from _pytest.runner import runtestprotocol

SUBJECTS: Final = (
    "claimloom.billing.units",
    "claimloom.billing.build",
    "claimloom.billing.assistant",
    "claimloom.scrub.units",
    "claimloom.scrub.modifiers",
    "claimloom.scrub.ncci",
    "claimloom.reference.edits",
    "services.claim_builder.day",
)
TESTS: Final = ("tests/billing", "tests/scrub", "tests/services/test_day_units.py")
REASONS: Final = Path(__file__).with_suffix(".csv")
SEED: Final = 15
SAMPLE: Final = 600
WANTED: Final = 0.9
TRIED_SECONDS: Final = 40.0
"""Of the tests, as long as they take while they are noted, that a fault has to be noticed in."""
MOST_SECONDS: Final = 120
"""Of the processor; a fault that makes a loop endless is noticed by it."""
JOBS: Final = 2

COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
RECKONED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CALLED: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}


Cost = tuple[int, float]
"""Of a test: how many lines of the subjects it comes through, and its seconds."""


@dataclass(frozen=True)
class Mutant:
    """One fault: the ``number``-th place of a function where something can be changed, and what it is changed to."""

    module: str
    function: str
    line: int
    was: str
    now: str
    code: CodeType

    @property
    def name(self) -> str:
        """What it is called in a list and in the table of reasons."""
        return f"{self.module}:{self.function}: {self.was} -> {self.now}"


def _changes(node: ast.AST) -> Iterator[Callable[[Any], ast.AST]]:
    """What can be made of a node; each gets a copy of it and gives the node to stand there."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            if other := COMPARED.get(type(operator)):
                yield partial(_with_operator, at=at, operator=other())
    elif isinstance(node, ast.BoolOp):
        other_bool = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield lambda it: ast.BoolOp(other_bool(), it.values)
        if len(node.values) > 1:
            yield lambda it: it.values[0] if len(it.values) == 2 else ast.BoolOp(it.op, it.values[:-1])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda it: it.operand
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and (reckoned := RECKONED.get(type(node.op))):
        yield lambda it: _with_op(it, reckoned())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda it: ast.Constant(not it.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield lambda it: ast.Constant(it.value + 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
        yield lambda it: ast.Call(ast.Name(CALLED[it.func.id], ast.Load()), it.args, it.keywords)
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield lambda it: _with_test(it, ast.UnaryOp(ast.Not(), it.test))
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield lambda it: ast.comprehension(it.target, it.iter, it.ifs[:-1], it.is_async)
    elif isinstance(node, ast.Continue):
        yield lambda _: ast.Break()
    elif isinstance(node, ast.Return) and node.value is not None and not _empty(node.value):
        yield lambda _: ast.Return(ast.Constant(None))


def _with_operator(node: Any, at: int, operator: ast.cmpop) -> ast.AST:
    node.ops[at] = operator
    return cast(ast.AST, node)


def _with_op(node: Any, operator: ast.operator) -> ast.AST:
    node.op = operator
    return cast(ast.AST, node)


def _with_test(node: Any, test: ast.expr) -> ast.AST:
    node.test = test
    return cast(ast.AST, node)


def _empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


class _Places(ast.NodeTransformer):
    """Counts the places of a function where something can be changed, and changes the wanted one."""

    def __init__(self, wanted: int | None = None) -> None:
        self.seen = 0
        self.wanted = wanted
        self.line = 0
        self.was = self.now = ""

    def visit(self, node: ast.AST) -> Any:
        """A node in its turn; what is said to people and what a type checker reads is passed over."""
        if isinstance(node, (ast.JoinedStr, ast.Raise)):
            return node
        if isinstance(node, ast.AnnAssign):
            node.value = self.visit(node.value) if node.value else None
            return node
        for change in _changes(node):
            if self.seen == self.wanted:
                self.seen += 1
                placed = node.target if isinstance(node, ast.comprehension) else node
                self.was, self.line = ast.unparse(node), getattr(placed, "lineno", 0)
                made = ast.fix_missing_locations(ast.copy_location(change(copy.deepcopy(node)), node))
                self.now = ast.unparse(made)
                return made
            self.seen += 1
        return self.generic_visit(node)

    def visit_function(self, node: Any) -> Any:
        """The statements of a function without its docstring, decorators and signature."""
        node.body = [self.visit(each) for each in node.body if not _said(each)] or [ast.Pass()]
        return node


def _said(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _functions(tree: ast.Module) -> Iterator[tuple[str, list[int]]]:
    """Functions and methods by their names, with the way to them; what stands within one belongs to it."""

    def within(body: Sequence[ast.stmt], before: str, way: list[int]) -> Iterator[tuple[str, list[int]]]:
        for at, each in enumerate(body):
            if isinstance(each, ast.FunctionDef):
                yield f"{before}{each.name}", [*way, at]
            elif isinstance(each, ast.ClassDef):
                yield from within(each.body, f"{before}{each.name}.", [*way, at])

    yield from within(tree.body, "", [])


def _at(tree: ast.Module, way: Sequence[int]) -> Any:
    node: Any = tree
    for step in way:
        node = node.body[step]
    return node


def _code_of(code: CodeType, name: str) -> CodeType:
    for part in name.split("."):
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == part)
    return code


def mutants_of(module: str) -> Iterator[Mutant]:
    """Every fault that can be put into a module's functions."""
    path = str(import_module(module).__file__)
    source = Path(path).read_text(encoding="utf-8")
    whole = ast.parse(source)
    flags = compile(source, path, "exec", dont_inherit=True).co_flags & 0x1FF0000
    for function, way in _functions(whole):
        count = _Places()
        count.visit_function(_at(copy.deepcopy(whole), way))
        for number in range(count.seen):
            tree = copy.deepcopy(whole)
            place = _Places(number)
            place.visit_function(_at(tree, way))
            code = _code_of(compile(tree, path, "exec", flags, dont_inherit=True), function)
            yield Mutant(module, function, place.line, _line(place.was), _line(place.now), code)


def _line(text: str) -> str:
    """An expression or statement in a line of a list."""
    first = " ".join(text.split())
    return first if len(first) <= 100 else first[:97] + "..."


def _living() -> dict[tuple[str, str], list[FunctionType]]:
    """The functions of the subjects as they are in memory, whatever holds them."""
    files = _files()
    found: dict[tuple[str, str], list[FunctionType]] = {}
    for each in gc.get_objects():
        # By its code, since what wraps a function goes by that function's name.
        if isinstance(each, FunctionType) and (module := files.get(each.__code__.co_filename)):
            found.setdefault((module, each.__code__.co_qualname), []).append(each)
    return found


def _remembering() -> list[_lru_cache_wrapper[Any]]:
    """The functions of the subjects that remember what they gave."""
    files = _files()
    found = (each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper))
    return [each for each in found if each.__wrapped__.__code__.co_filename in files]


def _forget(remembering: Sequence[_lru_cache_wrapper[Any]]) -> None:
    for each in remembering:
        each.cache_clear()


def _files() -> dict[str, str]:
    return {str(import_module(each).__file__): each for each in SUBJECTS}


class Trial:
    """A pytest plugin: in place of running the collected tests once, it runs them against each fault."""

    def __init__(self, seed: int, sample: int, only: str) -> None:
        self.seed, self.sample, self.only = seed, sample, only
        self.noticed = 0
        self.left: list[Mutant] = []
        self.excused: list[tuple[Mutant, str]] = []
        self.untouched: list[Mutant] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The trial itself."""
        living = _living()
        _forget(_remembering())
        items = session.items
        ways, costs = self._first_run(items)
        gc.freeze()
        drawn = [each for module in SUBJECTS for each in mutants_of(module) if self.only in each.name]
        if len(drawn) > self.sample:
            drawn = random.Random(self.seed).sample(drawn, self.sample)
        print(f"{len(items)} tests, {len(drawn)} faults", flush=True)
        reasons = _reasons()
        running: dict[int, Mutant] = {}
        for mutant in drawn:
            key = (mutant.module, mutant.function)
            through = ways.get((mutant.module, mutant.line), [])
            if not through or key not in living:
                self._survived(mutant, reasons)
                self.untouched.append(mutant)
                continue
            if len(running) >= JOBS:
                self._ended(running, reasons)
            running[self._child(mutant, living[key], _in_turn(items, through, costs))] = mutant
        while running:
            self._ended(running, reasons)
        return True

    def _first_run(self, items: Sequence[pytest.Item]) -> tuple[dict[tuple[str, int], list[int]], list[Cost]]:
        """Of each line of the subjects the tests that come through it; of each test what it costs. In a child."""
        with tempfile.TemporaryDirectory() as folder:
            said = Path(folder) / "said.json"
            if (child := os.fork()) == 0:
                _quiet()
                os._exit(_note(items, said))
            _, status = os.waitpid(child, 0)
            if status:
                raise SystemExit("the tests fail as they are; mend them first")
            told = json.loads(said.read_text(encoding="utf-8"))
        ways: dict[tuple[str, int], list[int]] = {}
        for at, each in enumerate(told):
            for module, line in each["through"]:
                ways.setdefault((module, line), []).append(at)
        return ways, [(len(each["through"]), each["seconds"]) for each in told]

    def _child(self, mutant: Mutant, functions: Sequence[FunctionType], items: Sequence[pytest.Item]) -> int:
        if child := os.fork():
            return child
        _quiet()
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        for each in functions:
            each.__code__ = mutant.code
        os._exit(0 if all(_passes(each) for each in items) else 1)

    def _ended(self, running: dict[int, Mutant], reasons: dict[str, str]) -> None:
        child, status = os.wait()
        mutant = running.pop(child)
        if status:
            self.noticed += 1
        else:
            self._survived(mutant, reasons)

    def _survived(self, mutant: Mutant, reasons: dict[str, str]) -> None:
        if mutant.name in reasons:
            self.excused.append((mutant, reasons[mutant.name]))
        else:
            self.left.append(mutant)


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def _in_turn(items: Sequence[pytest.Item], through: Sequence[int], costs: Sequence[Cost]) -> list[pytest.Item]:
    """Tests in the order in which they are tried: what comes through few lines is about these."""
    spent = 0.0
    tried: list[pytest.Item] = []
    for at in sorted(through, key=lambda at: costs[at]):
        _, seconds = costs[at]
        if tried and spent + seconds > TRIED_SECONDS:
            continue
        spent += seconds
        tried.append(items[at])
    return tried


def _note(items: Sequence[pytest.Item], said: Path) -> int:
    through: set[tuple[str, int]] = set()
    files = _files()

    def begins(frame: FrameType, event: str, _: object) -> Callable[[FrameType, str, object], Any] | None:
        module = files.get(frame.f_code.co_filename)
        if module is None:
            return None

        def comes(inner: FrameType, what: str, _: object) -> Any:
            if what == "line":
                through.add((module, inner.f_lineno))
            return comes

        return comes

    told, passed = [], True
    remembering = _remembering()
    for item in items:
        through.clear()
        _forget(remembering)  # else only the first test would come through them
        began = time.process_time()
        sys.settrace(begins)
        fine = _passes(item)
        sys.settrace(None)
        passed = passed and fine
        if not fine:
            print(f"fails as it is: {item.nodeid}", file=sys.stderr)
        told.append({"seconds": time.process_time() - began, "through": sorted(through) if fine else []})
    said.write_text(json.dumps(told), encoding="utf-8")
    return 0 if passed else 1


def _quiet() -> None:
    """A child says nothing; its parent counts."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def _reasons() -> dict[str, str]:
    if not REASONS.exists():
        return {}
    with REASONS.open(encoding="utf-8", newline="") as file:
        return {row["fault"]: row["reason"] for row in csv.DictReader(file)}


def report(trial: Trial) -> int:
    """What was noticed and what was not; exit code."""
    counted = trial.noticed + len(trial.left)
    share = trial.noticed / counted if counted else 1.0
    for mutant in sorted(trial.left, key=lambda each: (each.module, each.line)):
        untouched = "  (no test comes here)" if mutant in trial.untouched else ""
        print(f"not noticed  {mutant.name}  (line {mutant.line}){untouched}")
    for mutant, reason in trial.excused:
        print(f"cannot be    {mutant.name}: {reason}")
    by_module = Counter(each.module for each in trial.left)
    for module, count in by_module.most_common():
        print(f"{count:4} not noticed in {module}")
    print(f"{trial.noticed} of {counted} noticed: {share:.1%} (wanted {WANTED:.0%}), {len(trial.excused)} cannot be")
    return 0 if share >= WANTED else 1


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="make mutants", description="faults put in, and which the tests notice")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--only", default="", help="faults whose name has this")
    given = parser.parse_args()
    trial = Trial(given.seed, given.sample, given.only)
    code = pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not server and not long", *TESTS], [trial])
    return code or report(trial)


if __name__ == "__main__":
    raise SystemExit(main())
