"""Every operation of the API document, and a request that is good enough to reach its permission check."""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "/api/v1/{workspace}/"


@dataclass(frozen=True)
class Operation:
    """One operation: its document, and the whole document for what it refers to."""

    id: str
    method: str
    path: str
    said: Json
    document: Json

    @property
    def in_workspace(self) -> bool:
        return self.path.startswith(PREFIX)

    def parameters(self, place: str) -> list[Json]:
        return [self.resolved(one) for one in self.said.get("parameters", ()) if one["in"] == place]

    @property
    def body(self) -> Json | None:
        """The schema of its JSON body."""
        content = self.said.get("requestBody", {}).get("content", {})
        found = content.get("application/json", {}).get("schema")
        return None if found is None else self.resolved(found)

    @property
    def statuses(self) -> set[str]:
        return set(self.said["responses"])

    def resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def address(self, workspace: str, given: Json | None = None) -> str:
        """Its path with a value for each parameter: those given, else ones that name nothing."""
        values = {one["name"]: example(self, one["schema"], one["name"]) for one in self.parameters("path")}
        values |= {"workspace": workspace} | (given or {})
        path = self.path.format(**values)
        asked = {
            one["name"]: example(self, one["schema"], one["name"])
            for one in self.parameters("query")
            if one.get("required")
        }
        return path + ("?" + "&".join(f"{name}={value}" for name, value in asked.items()) if asked else "")


def operations(document: Json) -> Iterator[Operation]:
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                yield Operation(item[method]["operationId"], method.upper(), path, item[method], document)


def example(operation: Operation, schema: Json, name: str = "", *, seed: int = 7) -> Any:
    """The smallest value that the schema takes."""
    rng = random.Random(f"{operation.id}/{name}/{seed}")
    schema = operation.resolved(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            options = [operation.resolved(one) for one in schema[choice]]
            return example(
                operation, next((o for o in options if o.get("type") != "null"), options[0]), name, seed=seed
            )
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required", ())
        return {
            field: example(operation, inner, field, seed=seed)
            for field, inner in schema.get("properties", {}).items()
            if field in needed
        }
    if kind == "array":
        return [example(operation, schema["items"], name, seed=seed + n) for n in range(schema.get("minItems", 0))]
    if kind == "integer":
        return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
    if kind == "number":
        return float(schema.get("minimum", 1))
    if kind == "boolean":
        return False
    return _text(schema, rng)


def _text(schema: Json, rng: random.Random) -> str:
    match schema.get("format"):
        case "uuid":
            return str(UUID(int=rng.getrandbits(128), version=4))
        case "date-time":
            return "2026-11-24T10:00:00Z"
        case "date":
            return "2026-11-24"
        case "email":
            return "nobody@example.com"
        case "uri":
            return "https://example.com/"
    size = max(int(schema.get("minLength", 1)), min(8, int(schema.get("maxLength", 8))))
    return "".join(rng.choice(string.ascii_lowercase) for _ in range(size))


def places_of_ids(
    operation: Operation, schema: Json, at: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Where a body names things: the paths to its UUIDs (a list counts by its first element)."""
    schema = operation.resolved(schema)
    for choice in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choice, ()):
            yield from places_of_ids(operation, one, at)
    if schema.get("format") == "uuid":
        yield at
    for field, inner in schema.get("properties", {}).items():
        yield from places_of_ids(operation, inner, (*at, field))
    if schema.get("type") == "array":
        yield from places_of_ids(operation, schema["items"], (*at, 0))


def put_at(operation: Operation, schema: Json, body: Any, at: tuple[str | int, ...], value: Any) -> Any:
    """The body with `value` there; what is missing on the way is made as small as its schema takes it."""
    if not at:
        return value
    schema = operation.resolved(schema)
    for choice in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choice, ()):
            inner = operation.resolved(one)
            if inner.get("type") in ("object", "array"):
                schema = inner
    step, *rest = at
    if isinstance(step, int):
        before = body[0] if body else example(operation, schema["items"])
        return [put_at(operation, schema["items"], before, tuple(rest), value)]
    inner = schema["properties"][step]
    before = (body or {}).get(step)
    if before is None:
        before = example(operation, inner, step)
    return {**(body or {}), step: put_at(operation, inner, before, tuple(rest), value)}


def open_objects(operation: Operation, schema: Json, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The objects of a body that take fields they do not name."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen = seen | {schema["$ref"]}
    schema = operation.resolved(schema)
    if schema.get("type") == "object" and "properties" in schema and schema.get("additionalProperties") is not False:
        yield schema.get("title", "?")
    for choice in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choice, ()):
            yield from open_objects(operation, one, seen)
    for inner in schema.get("properties", {}).values():
        yield from open_objects(operation, inner, seen)
    if schema.get("type") == "array":
        yield from open_objects(operation, schema["items"], seen)
