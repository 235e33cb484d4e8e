#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
api/openapi.yaml is OpenAPI 3.1 and keeps our own rules: its parts have the right shape, references lead somewhere and
everything is referred to, schemas are JSON Schema, examples fit them, and each operation has an id of its own, declares
its path's parameters, and says what its failures look like.
"""
import re
import sys

import jsonschema
import yaml

from common import ROOT, report

TEXT = {"type": "string", "minLength": 1}
REF = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string", "pattern": "^#/components/"}}}


def either(name):
    return {"if": {"required": ["$ref"]}, "then": REF, "else": {"$ref": f"#/$defs/{name}"}}


def table(of):
    return {"type": "object", "additionalProperties": of}


METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# The parts of OpenAPI 3.1.0 that we use; what is not named is refused, so that a misspelt member is found.
SHAPE = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "additionalProperties": False,
    "properties": {
        "openapi": {"const": "3.1.0"},
        "info": {
            "type": "object", "required": ["title", "version"], "additionalProperties": False,
            "properties": {"title": TEXT, "summary": TEXT, "description": TEXT, "version": TEXT,
                           "license": {"type": "object", "required": ["name"]}},
        },
        "servers": {"type": "array", "items": {"type": "object", "required": ["url"]}},
        "security": {"type": "array", "items": table({"type": "array", "items": TEXT})},
        "tags": {"type": "array", "items": {"type": "object", "required": ["name", "description"]}},
        "paths": {"type": "object", "patternProperties": {"^/": {"$ref": "#/$defs/path"}},
                  "additionalProperties": False},
        "components": {
            "type": "object", "additionalProperties": False,
            "properties": {
                "securitySchemes": table({"type": "object", "required": ["type"]}),
                "parameters": table({"$ref": "#/$defs/parameter"}),
                "headers": table({"$ref": "#/$defs/header"}),
                "requestBodies": table({"$ref": "#/$defs/body"}),
                "responses": table({"$ref": "#/$defs/response"}),
                "schemas": table({"type": ["object", "boolean"]}),
            },
        },
    },
    "$defs": {
        "path": {
            "type": "object", "additionalProperties": False,
            "properties": {"parameters": {"type": "array", "items": either("parameter")},
                           **{m: {"$ref": "#/$defs/operation"} for m in METHODS}},
        },
        "operation": {
            "type": "object", "required": ["operationId", "tags", "summary", "responses"],
            "additionalProperties": False,
            "properties": {
                "operationId": TEXT, "summary": TEXT, "description": TEXT, "deprecated": {"type": "boolean"},
                "tags": {"type": "array", "minItems": 1, "items": TEXT},
                "parameters": {"type": "array", "items": either("parameter")},
                "requestBody": either("body"),
                "responses": {"type": "object", "required": ["default"], "minProperties": 2,
                              "patternProperties": {"^([1-5][0-9][0-9]|default)$": either("response")},
                              "additionalProperties": False},
                "security": {"type": "array"},
            },
        },
        "parameter": {
            "type": "object", "required": ["name", "in", "schema"], "additionalProperties": False,
            "properties": {"name": TEXT, "in": {"enum": ["query", "header", "path", "cookie"]}, "description": TEXT,
                           "required": {"type": "boolean"}, "schema": {"type": "object"}, "example": True,
                           "style": TEXT, "explode": {"type": "boolean"}},
            "if": {"properties": {"in": {"const": "path"}}},
            "then": {"required": ["required"], "properties": {"required": {"const": True}}},
        },
        "header": {
            "type": "object", "required": ["schema"], "additionalProperties": False,
            "properties": {"description": TEXT, "required": {"type": "boolean"}, "schema": {"type": "object"},
                           "example": True},
        },
        "body": {
            "type": "object", "required": ["content"], "additionalProperties": False,
            "properties": {"description": TEXT, "required": {"type": "boolean"}, "content": {"$ref": "#/$defs/content"}},
        },
        "response": {
            "type": "object", "required": ["description"], "additionalProperties": False,
            "properties": {"description": TEXT, "headers": table(either("header")),
                           "content": {"$ref": "#/$defs/content"}},
        },
        "content": {
            "type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[a-z]+/[a-z0-9.+-]+$"},
            "additionalProperties": {
                "type": "object", "required": ["schema"], "additionalProperties": False,
                "properties": {"schema": {"type": "object"}, "example": True,
                               "examples": table({"type": "object", "required": ["value"]})},
            },
        },
    },
}


def walk(node, path=""):
    yield path, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")


def resolve(document, ref):
    node = document
    for name in ref.removeprefix("#/").split("/"):
        node = node[name.replace("~1", "/").replace("~0", "~")]
    return node


def check_shape(document):
    for error in jsonschema.Draft202012Validator(SHAPE).iter_errors(document):
        yield f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def check_refs(document):
    used = set()
    for path, node in walk(document):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            used.add(node["$ref"])
            try:
                resolve(document, node["$ref"])
            except (KeyError, TypeError):
                yield f"{path}: {node['$ref']} is not there"
    for kind, parts in document["components"].items():
        if kind != "securitySchemes":
            for name in parts:
                if f"#/components/{kind}/{name}" not in used:
                    yield f"/components/{kind}/{name}: nothing refers to it"


def check_schemas(document):
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as e:
            yield f"/components/schemas/{name}: {e.message}"


def check_examples(document):
    components = {"components": {"schemas": document["components"]["schemas"]}}
    for path, node in walk(document):
        if not (isinstance(node, dict) and isinstance(node.get("schema"), dict)):
            continue
        examples = [node["example"]] if "example" in node else []
        if isinstance(node.get("examples"), dict):
            examples += [e["value"] for e in node["examples"].values()]
        for example in examples:
            for error in jsonschema.Draft202012Validator({**node["schema"], **components}).iter_errors(example):
                yield f"{path}: the example does not fit: {error.message[:200]}"


def check_operations(document):
    seen = {}
    for template, item in document["paths"].items():
        wanted = set(re.findall(r"\{([^}]+)\}", template))
        for method in METHODS:
            if method not in item:
                continue
            operation, where = item[method], f"{method.upper()} {template}"
            first = seen.setdefault(operation["operationId"], where)
            if first != where:
                yield f"{where}: operationId {operation['operationId']} is taken by {first}"
            declared = set()
            for parameter in item.get("parameters", []) + operation.get("parameters", []):
                parameter = resolve(document, parameter["$ref"]) if "$ref" in parameter else parameter
                if parameter["in"] == "path":
                    declared.add(parameter["name"])
            if declared != wanted:
                yield f"{where}: path parameters {sorted(declared)} where the path has {sorted(wanted)}"
            for tag in operation["tags"]:
                if tag not in {t["name"] for t in document.get("tags", [])}:
                    yield f"{where}: tag {tag} is not described"


def check_document(document):
    faults = list(check_shape(document))
    if not faults:
        for rule in (check_refs, check_schemas):
            faults.extend(rule(document))
    if not faults:
        for rule in (check_examples, check_operations):
            faults.extend(rule(document))
    return faults


def check(root):
    with open(root / "api/openapi.yaml", encoding="utf-8") as f:
        return [f"api/openapi.yaml: {fault}" for fault in check_document(yaml.safe_load(f))]


if __name__ == "__main__":
    sys.exit(report(check(ROOT)))
