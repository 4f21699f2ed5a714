"""``rules``: what scrubbing looks at, and why."""

from __future__ import annotations

from claimloom.cli.options import Json
from claimloom.cli.output import Grid, bold, out, print_json
from claimloom.errors import PlainError
from claimloom.scrub import RULES
from claimloom.scrub.rules import ALWAYS, catalog, rules_version
from schemas.words import month_of


def list_rules(as_json: Json = False) -> None:
    """List every rule of the catalog, those that are not written yet as such."""
    table = Grid("Rule", "SNIP", "Severity", "Applies to", "Message")
    for rule_id, row in catalog().items():
        active = rule_id in RULES
        if as_json:
            named = {"id": rule_id, "active": active, "snip_level": int(row["snip_level"])}
            kept = ("severity", "scope", "applies_to", "condition", "message", "source")
            print_json(named | {key: row[key] for key in kept} | {"prevents": row["carc_rarc_prevented"]})
        else:
            severity = row["severity"] if active else "not checked"
            table.add(rule_id, row["snip_level"], severity, row["applies_to"], row["message"])
    if not as_json:
        out.grid(table)
        version = rules_version()
        out.print(f"{len(RULES)} of {len(catalog())} rules are checked; rules and tables of {month_of(version)}")
        out.print(f"version {version}, which changes with any rule or table")


def explain(rule_id: str, as_json: Json = False) -> None:
    """Say what a rule looks at, for whom, and which denial it prevents."""
    row = catalog().get(rule_id.upper())
    if row is None:
        raise PlainError(f"rule {rule_id}: not in the catalog; claimloom rules list shows all")
    known = RULES.get(row["id"])
    if as_json:
        print_json({**row, "active": known is not None, "rules_version": rules_version()})
        return
    out.print(bold(f"{row['id']} {row['message']}"), f" ({row['severity']}, SNIP level {row['snip_level']})")
    out.print(f"  fails when  {row['condition']}")
    out.print(f"  applies to  {row['applies_to']}")
    out.print(f"  source      {row['source']}")
    out.print(f"  prevents    {row['carc_rarc_prevented'] or 'no reason code of its own'}")
    if known is None:
        out.print("  state       in the catalog, not checked yet")
        return
    doc = (known.check.__doc__ or "").strip().partition("\n")[0]
    out.print(f"  in short    {doc}")
    if known.after:
        out.print(f"  waits for   {', '.join(known.after)}")
    if known.served != ALWAYS:
        out.print(f"  in force    for services {known.served[0]} to {known.served[1]}")
