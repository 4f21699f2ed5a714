"""Writes schemas/json/: one JSON Schema an event type and asyncapi.yaml. Run by ``make schemas``; a test holds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from schemas.event import SCHEMA_VERSION, Event
from schemas.topics import PAYLOADS

FOLDER = Path(__file__).parent.parent / "schemas" / "json"


def documents() -> dict[str, str]:
    """File name to text of everything that is generated."""
    made = {"event.json": _json(Event.model_json_schema())}
    for topic, payload in PAYLOADS.items():
        made[f"{topic}.json"] = _json(payload.model_json_schema())
    made["asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, width=120)
    return made


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3: a channel a topic, each message an event whose data is the topic's payload."""
    channels, operations, messages = {}, {}, {}
    for topic in PAYLOADS:
        name = topic.value
        channels[name] = {"address": name, "messages": {name: {"$ref": f"#/components/messages/{name}"}}}
        operations[f"receive-{name}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}}
        messages[name] = {
            "name": name,
            "contentType": "application/cloudevents+json",
            "payload": {
                "allOf": [
                    {"$ref": "./event.json"},
                    {"type": "object", "properties": {"data": {"$ref": f"./{name}.json"}}},
                ]
            },
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "claimloom events", "version": f"{SCHEMA_VERSION}.0.0"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Write the files and remove what is no longer generated."""
    made = documents()
    for path in FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
