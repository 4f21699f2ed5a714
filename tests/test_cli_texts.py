"""Texts of others on the command line: shown as they are, whatever they hold, and obeyed by nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Final

import pytest

from claimloom.cli.output import one_line, out, visible
from tests.command import Done, claimloom
from tests.sessions import visit

PAYERS: Final = (
    "[/bold] PLAN",
    "[red]RED[/red] PLAN [",
    "ESC \x1b[31m PLAN",
    "TURNED \u202e PLAN",
    "O'BRIEN & SÖHNE :B:",
)
SHOWN: Final = ("[/bold] PLAN", "[red]RED[/red] PLAN [", "ESC \\x1b[31m PLAN", "TURNED \\u202e PLAN", PAYERS[-1])


@pytest.fixture(scope="module", params=[{}, {"FORCE_COLOR": "1", "TERM": "xterm"}], ids=["pipe", "terminal"])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A folder of claims for such payers, all of them held."""
    vars(out).pop("console", None)  # it looks at its process once whether there are colours
    folder = tmp_path_factory.mktemp("texts")
    made = []
    for number, name in enumerate(PAYERS):
        one = visit(session_id=f"S-{number}", referring_provider=None).model_dump(mode="json")
        one["coverages"][0] |= {"payer_id": f"9000{number}", "payer_name": name}
        made.append(json.dumps(one | {"tenant": "t[/b]", "clinic": one["clinic"] | {"clinic_id": "c[/i]"}}))
    (folder / "visits.jsonl").write_text("\n".join(made) + "\n")
    settings = dict(request.param) | {"CLAIMLOOM_DATA": str(folder / "data"), "CLAIMLOOM_AS_OF": "2026-11-20"}
    done = claimloom("sessions", "import", folder / "visits.jsonl", environment=settings)
    assert done.returncode == 0, done.stderr
    yield settings
    vars(out).pop("console", None)


def run(environment: dict[str, str], *words: str) -> Done:
    done = claimloom(*words, environment=environment)
    assert done.returncode == 0, done.stderr
    return done


def test_lists_and_stories_show_them(environment: dict[str, str]) -> None:
    listed = run(environment, "claims", "list").stdout
    for number, shown in enumerate(SHOWN):
        assert shown in listed
        assert shown in run(environment, "claims", "show", f"S-{number}").stdout
    assert ("\x1b[1m" in run(environment, "claims", "show", "S-0").stdout) == ("FORCE_COLOR" in environment)
    for words in (("claims", "find", "doe"), ("run", "--until-idle"), ("claims", "list", "--payer", PAYERS[0])):
        assert run(environment, *words).stdout


def test_who_has_an_item_is_shown(environment: dict[str, str]) -> None:
    item = json.loads(run(environment, "worklist", "--json", "--limit", "1").stdout)["id"]
    kim = environment | {"CLAIMLOOM_USER": "[/bold] kim"}
    run(kim, "decide", "take", item)
    assert ", taken by [/bold] kim" in run(environment, "worklist").stdout
    run(kim, "decide", "release", item)


def test_what_was_decided_about_a_claim_is_shown(environment: dict[str, str]) -> None:
    number = json.loads(run(environment, "worklist", "--json", "--limit", "1").stdout)["patient_control_number"]
    kim = environment | {"CLAIMLOOM_USER": "kim"}
    run(kim, "decide", "take", number)
    run(kim, "decide", "note", number, "--reason", "[bold] asked the payer")
    run(kim, "decide", "release", number)
    shown = run(environment, "claims", "show", number).stdout
    said = ["take by kim", "note by kim: [bold] asked the payer", "release by kim"]
    places = [shown.rindex(each) for each in said]
    assert places == sorted(places)
    told = json.loads(run(environment, "claims", "show", number, "--json").stdout)["claim"]["decisions"]
    assert [each["kind"] for each in told][-3:] == ["take", "note", "release"]
    assert set(told[-1]) == {"id", "time", "actor", "kind", "reason", "fields", "work_id", "undone"}


@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "x" * 101])
def test_whoever_works_here_has_a_name_of_one_line(environment: dict[str, str], name: str) -> None:
    done = claimloom("claims", "show", "S-0", environment=environment | {"CLAIMLOOM_USER": name})
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "CLAIMLOOM_USER: at most 100 characters" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_who_has_no_name_on_this_machine_is_a_number(environment: dict[str, str]) -> None:
    nobody = environment | dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "")
    os.setresuid(54321, 0, 0)
    try:
        run(nobody, "claims", "show", "S-1")
    finally:
        os.setresuid(0, 0, 0)
    reads = run(environment, "claims", "reads", "S-1", "--json").stdout.splitlines()
    assert json.loads(reads[-1])["actor"] == "user 54321"


def test_what_is_visible() -> None:
    assert visible("a c \u00a0 ß 名前 🙂 👨\u200d👩\u200d👧 [x]") == "a c \u00a0 ß 名前 🙂 👨\u200d👩\u200d👧 [x]"
    assert visible("a\tb\nc\rd") == "a\\tb\\nc\\rd"
    assert visible("\x07\x9b\udcff\u2066") == "\\x07\\x9b\\udcff\\u2066"
    assert one_line("a\r\nb\tc") == "a\\r\\nb\\tc"
    assert one_line("x" * 2000) == "x" * 2000
    assert len(one_line("x" * 2001)) == 2005
