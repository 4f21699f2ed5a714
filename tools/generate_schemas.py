"""Writes schemas/json/: one JSON Schema an event type and asyncapi.yaml. Run by ``make schemas``; a test holds it.

Events may hold fields that these schemas do not name: a newer writer's. A sessions file may not, so what an EMR
sends has a schema of its own, ``session-completed.json``; the event made of it is ``session-completed.event.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from schemas.event import Event, Topic
from schemas.session import Session
from schemas.topics import PAYLOADS
from schemas.upcasters import VERSIONS, version_of

FOLDER = Path(__file__).parent.parent / "schemas" / "json"
FILES = {topic: f"{topic}.json" for topic in PAYLOADS} | {Topic.SESSION_COMPLETED: "session-completed.event.json"}


def documents() -> dict[str, str]:
    """File name to text of everything that is generated."""
    made = {"event.json": _json(Event.model_json_schema())}
    made["session-completed.json"] = _json(closed(Session.model_json_schema()))
    for topic, payload in PAYLOADS.items():
        made[FILES[topic]] = _json(payload.model_json_schema())
    made["asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, width=120)
    return made


def closed(schema: Any) -> Any:
    """The schema without room for fields that it does not name, at every depth."""
    if isinstance(schema, dict):
        return {
            key: False if key == "additionalProperties" and value is True else closed(value)
            for key, value in schema.items()
        }
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


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
                    {"type": "object", "properties": {"data": {"$ref": f"./{FILES[topic]}"}}},
                ]
            },
            "x-schema-version": version_of(topic),
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "claimloom events", "version": f"{1 + sum(n - 1 for n in VERSIONS.values())}.0.0"},
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
