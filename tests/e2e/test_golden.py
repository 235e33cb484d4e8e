# SPDX-License-Identifier: Apache-2.0
"""tests/golden/decisions.json through the HTTP API: every flag created, every context evaluated."""
import json
from pathlib import Path

import pytest
from client import Client

SUITES = json.loads((Path(__file__).resolve().parents[1] / "golden/decisions.json").read_text(encoding="utf-8"))
MEMBERS = ("value", "variation", "reason", "ruleId", "errorCode")


def in_order(documents, names):
    """Documents after those that they name."""
    left, done = {d["key"]: d for d in documents}, []
    while left:
        ready = [d for d in left.values() if not names(d) & (set(left) - {d["key"]})]
        assert ready, "the golden data has a circle"
        for d in ready:
            done.append(left.pop(d["key"]))
    return done


def flags_named(flag):
    return {p["flag"] for e in flag["environments"].values() for p in e.get("prerequisites", [])}


def segments_named(segment):
    text = json.dumps(segment.get("when"))
    return {s["key"] for suite in SUITES for s in suite["segments"] if f'"segment": "{s["key"]}"' in text}


def strict(value):
    """Tells 1 from 1.0 and true."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("number", range(len(SUITES)))
def test_decisions(make_server, number):
    suite = SUITES[number]
    client = Client(make_server().url)
    for segment in in_order(suite["segments"], segments_named):
        assert client.post("/admin/segments", segment).status == 201
    for flag in in_order(suite["flags"], flags_named):
        answer = client.post("/admin/flags", flag)
        assert answer.status == 201, answer
    timed = {f["key"] for f in suite["flags"] if "$now" in json.dumps(f) or
             any("$now" in json.dumps(g) for g in suite["flags"] if g["key"] in flags_named(f))}
    compared = 0
    for case in suite["cases"]:
        decisions = client.post("/v1/evaluate", {**case["context"], "flagKeys": list(case["decisions"])}).json["decisions"]
        for key, expected in case["decisions"].items():
            got = decisions[key]
            if key in timed:  # depends on the time: asked with the time of the data
                got = client.post("/admin/evaluate", {"flagKey": key, "context": case["context"],
                                                      "at": suite["now"]}).json["decision"]
            assert strict({k: got[k] for k in MEMBERS if k in got}) == strict(expected), (key, case["context"])
            compared += 1
    assert compared == len(suite["cases"]) * len(suite["flags"])
    client.close()
