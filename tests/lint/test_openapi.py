# SPDX-License-Identifier: Apache-2.0
import copy

import openapi
import pytest
import yaml

GOOD = yaml.safe_load("""
openapi: 3.1.0
info: {title: T, version: '1'}
tags: [{name: a, description: A.}]
paths:
  /things/{key}:
    parameters: [{$ref: '#/components/parameters/Key'}]
    get:
      operationId: getThing
      tags: [a]
      summary: Read
      responses:
        '200':
          description: It.
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {n: 1}}}
        default: {$ref: '#/components/responses/Problem'}
components:
  parameters:
    Key: {name: key, in: path, required: true, schema: {type: string}}
  responses:
    Problem: {description: Failure.}
  schemas:
    Thing: {type: object, properties: {n: {type: integer}}, required: [n]}
""")


def at(document, path):
    for name in path:
        document = document[name]
    return document


def changed(path, value):
    document = copy.deepcopy(GOOD)
    at(document, path[:-1])[path[-1]] = value
    return document


OPERATION = ("paths", "/things/{key}", "get")
OK = (*OPERATION, "responses", "200")


def test_good_document_passes():
    assert openapi.check_document(GOOD) == []


@pytest.mark.parametrize("path, value, words", [
    (("openapi",), "3.0.0", "3.1.0"),
    ((*OPERATION, "opperationId"), "x", "opperationId"),
    ((*OPERATION, "responses"), {"200": {"description": "x"}}, "default"),
    ((*OPERATION, "tags"), ["unknown"], "not described"),
    ((*OK, "content", "application/json", "schema"), {"$ref": "#/components/schemas/Nope"}, "not there"),
    ((*OK, "content", "application/json", "example"), {"n": "x"}, "does not fit"),
    ((*OK, "description"), "", "200/description"),
    (("components", "schemas", "Thing"), {"type": "objekt"}, "objekt"),
    (("components", "schemas", "Unused"), {"type": "object"}, "nothing refers"),
    (("components", "parameters", "Key", "name"), "other", "path parameters"),
    (("components", "parameters", "Key", "required"), False, "True"),
    (("paths", "/other"), {"get": GOOD["paths"]["/things/{key}"]["get"]}, "is taken by"),
])
def test_fault_is_found(path, value, words):
    faults = openapi.check_document(changed(path, value))
    assert faults and any(words in fault for fault in faults), faults
