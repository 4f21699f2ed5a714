"""Whether today's JSON Schema of a payload still takes what an older one of the same version took, and names it all.

A keyword that this module does not know may only stay as it is.
"""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

FLOORS: Final = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
CEILINGS: Final = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
NOTES: Final = ("title", "description", "examples", "deprecated", "$comment", "$defs")
HANDLED: Final = {
    *FLOORS,
    *CEILINGS,
    *NOTES,
    *("type", "format", "pattern", "enum", "const", "default", "anyOf", "items"),
    *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
}


def check(old: Schema, new: Schema) -> list[str]:
    """What the new schema refuses or no longer names, a sentence each; nothing if every older event can be read."""
    return _check(old, new, old, new, "")


def _check(old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str) -> list[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    found = _defaults(old, new, place)
    choices = [_resolved(each, new_root) for each in new.get("anyOf", [new])]
    for one in (_resolved(each, old_root) for each in old.get("anyOf", [old])):
        tries = [_alternative(one, choice, old_root, new_root, place) for choice in choices]
        alike = [said for choice, said in zip(choices, tries, strict=True) if choice.get("type") == one.get("type")]
        found += min(alike or tries, key=len)
    return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    name = schema["$ref"].removeprefix("#/$defs/")
    return {**root["$defs"][name], **beside}


def _alternative(old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str) -> list[str]:
    at = place or "the payload"
    if old.get("type") != new.get("type"):
        return [f"{at}: type was {old.get('type')}, is {new.get('type')}"]
    found = [*_values(old, new, at), *_limits(old, new, at)]
    found += [
        f"{at}: {key} was {old.get(key)}, is {new.get(key)}"
        for key in sorted({*old, *new} - HANDLED)
        if old.get(key) != new.get(key)
    ]
    found += _fields(old, new, old_root, new_root, place)
    if "items" in new:
        found += _check(old.get("items", {}), new["items"], old_root, new_root, f"{place}[]")
    return found


def _defaults(old: Schema, new: Schema, place: str) -> list[str]:
    """An event written before the field was there is read with the default, so a default is for ever."""
    if "default" in old and "default" in new and old["default"] != new["default"]:
        return [f"{place}: default was {old['default']!r}, is {new['default']!r}"]
    return []


def _values(old: Schema, new: Schema, at: str) -> list[str]:
    before, after = ([one["const"]] if "const" in one else one.get("enum") for one in (old, new))
    if after is None:
        return []
    if before is None:
        return [f"{at}: any value was allowed, now only {after}"]
    return [f"{at}: {value!r} is no longer allowed" for value in before if value not in after]


def _limits(old: Schema, new: Schema, at: str) -> list[str]:
    found = []
    if old.get("format") != new.get("format"):
        found.append(f"{at}: format was {old.get('format')}, is {new.get('format')}")
    if new.get("pattern") not in (None, old.get("pattern")):
        found.append(f"{at}: pattern was {old.get('pattern')}, is {new['pattern']}")
    for key in (*FLOORS, *CEILINGS):
        narrower = key in new and (key not in old or (new[key] > old[key] if key in FLOORS else new[key] < old[key]))
        if narrower:
            found.append(f"{at}: {key} was {old.get(key)}, is {new[key]}")
    return found


def _fields(old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str) -> list[str]:
    at = place or "the payload"
    found = [
        f"{_under(place, name)}: is required now"
        for name in new.get("required", [])
        if name not in old.get("required", [])
    ]
    for kind in ("properties", "patternProperties"):
        for name, field in old.get(kind, {}).items():
            if name not in new.get(kind, {}):
                found.append(f"{_under(place, name)}: is gone")
            else:
                found += _check(field, new[kind][name], old_root, new_root, _under(place, name))
    found += [
        f"{_under(place, name)}: only such names may have this value now"
        for name in new.get("patternProperties", {})
        if name not in old.get("patternProperties", {})
    ]
    if "propertyNames" in new:
        found += _check(old.get("propertyNames", {}), new["propertyNames"], old_root, new_root, f"names in {at}")
    before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
    if after is False and before is not False:
        found.append(f"{at}: unknown fields are refused now")
    elif isinstance(after, dict) and before is not False:
        found += _check({} if before is True else before, after, old_root, new_root, _under(place, "*"))
    return found


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
