# SPDX-License-Identifier: Apache-2.0
"""api/openapi.yaml as something that answers can be checked against."""
import copy
import re
from pathlib import Path

import jsonschema
import yaml

PATH = Path(__file__).resolve().parents[2] / "api/openapi.yaml"
METHODS = ("get", "put", "post", "delete", "patch")


def closed(schema):
    """The schema, refusing members that it does not name: what is answered has to be documented."""
    if isinstance(schema, list):
        return [closed(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {k: (v if k in ("enum", "const", "default", "example", "required") else closed(v))
              for k, v in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


class OpenAPI:
    def __init__(self, path=PATH):
        self.document = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._components = {"components": {"schemas": closed(copy.deepcopy(self.document["components"]["schemas"]))}}
        self._validators = {}
        self._templates = [(re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", t) + "$"), t) for t in self.paths]
        # A literal segment wins over a parameter.
        self._templates.sort(key=lambda row: row[1].count("{"))

    @property
    def paths(self):
        return self.document["paths"]

    def operations(self):
        """(METHOD, path template, operation) of all."""
        for template, item in self.paths.items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), template, item[method]

    def template(self, path):
        for pattern, template in self._templates:
            if pattern.match(path):
                return template
        return None

    def deref(self, node):
        while isinstance(node, dict) and set(node) == {"$ref"}:
            target = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def _validator(self, schema):
        key = repr(schema)
        if key not in self._validators:
            self._validators[key] = jsonschema.Draft202012Validator({**closed(schema), **self._components})
        return self._validators[key]

    def check_schema(self, schema, value):
        errors = sorted(self._validator(schema).iter_errors(value), key=lambda e: list(map(str, e.path)))
        assert not errors, "not as documented: " + "; ".join(f"/{'/'.join(map(str, e.absolute_path))}: {e.message}"
                                                           for e in errors[:5])

    def check_response(self, method, path, response):
        """Fails unless the answer is one that the document has for this call."""
        template = self.template(path)
        operation = self.paths.get(template, {}).get("get" if method == "HEAD" else method.lower())
        if operation is None:
            assert response.status in (204, 400, 401, 403, 404, 405), f"{method} {path}: undocumented call succeeded"
            documented = self.document["components"]["responses"]["Problem"]
        else:
            responses = operation["responses"]
            assert str(response.status) in responses or response.status >= 400, \
                f"{method} {template}: {response.status} is not documented"
            documented = self.deref(responses.get(str(response.status), responses["default"]))
        for name, header in documented.get("headers", {}).items():
            header = self.deref(header)
            assert name in response.headers or not header.get("required"), f"{method} {path}: no {name}"
            if name in response.headers:
                value = response.headers[name]
                self.check_schema(header["schema"], int(value) if header["schema"].get("type") == "integer" else value)
        if method == "HEAD" or response.status == 204 or "content" not in documented:
            assert response.body == b"", f"{method} {path}: a body with {response.status}"
            return
        media = response.headers.get("Content-Type", "").split(";")[0]
        assert media in documented["content"], f"{method} {path}: {response.status} as {media!r}"
        self.check_schema(documented["content"][media]["schema"], response.json)
        if media == "application/problem+json":
            assert response.json["status"] == response.status
            assert response.json["requestId"] == response.headers["X-Request-Id"]
