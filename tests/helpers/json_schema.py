"""The part of JSON Schema that ours uses, checked: what does not hold, with its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_KNOWN = {
    "$ref",
    "$defs",
    "$schema",
    "title",
    "description",
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "items",
    "anyOf",
    "additionalProperties",
    "default",
    "minItems",
    "maxItems",
    "prefixItems",
}


def violations(
    value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$"
) -> list[str]:
    """What of ``value`` is not as ``schema`` says; empty when all is."""
    return list(_check(value, schema, root, at))


def _check(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    if "$ref" in schema:
        yield from _check(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    if "anyOf" in schema and all(violations(value, one, root, at) for one in schema["anyOf"]):
        yield f"{at} fits none of its alternatives: {value!r}"
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else []:
        right = isinstance(value, _TYPES[kind])
        if not right or (isinstance(value, bool) and kind in {"integer", "number"}):
            yield f"{at} is no {kind}: {value!r}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is not one of {schema['enum']}: {value!r}"
    if isinstance(value, dict):
        yield from _check_object(value, schema, root, at)
    if isinstance(value, list):
        yield from _check_array(value, schema, root, at)


def _check_object(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    yield from (f"{at} lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, item in value.items():
        inner = properties.get(name, schema.get("additionalProperties", {}))
        if isinstance(inner, dict):
            yield from _check(item, inner, root, f"{at}.{name}")


def _check_array(
    value: list[Any], schema: dict[str, Any], root: dict[str, Any], at: str
) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at} has {len(value)} items"
    first = schema.get("prefixItems", [])
    rest = schema.get("items")
    for number, item in enumerate(value):
        inner = first[number] if number < len(first) else rest
        if isinstance(inner, dict):
            yield from _check(item, inner, root, f"{at}[{number}]")
