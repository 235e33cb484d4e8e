# SPDX-License-Identifier: Apache-2.0
"""A client that checks every answer against api/openapi.yaml."""
import http.client
import json
from urllib.parse import quote

import requests
from requests.structures import CaseInsensitiveDict

from openapi import OpenAPI

OPENAPI = OpenAPI()
NOTHING = object()


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"an answer repeats a member: {names}"
    return dict(pairs)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body
        self.json = json.loads(self.body.decode("utf-8"), object_pairs_hook=no_duplicates) if self.body else None

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"

    @property
    def code(self):
        return self.json["code"]

    @property
    def version(self):
        return int(self.headers["ETag"].strip('"'))

    @property
    def revision(self):
        return int(self.headers["FFS-Revision"])

    @property
    def pointers(self):
        """Where the faults of a 422 are."""
        return [e["pointer"] for e in self.json["errors"]]


class Client:
    def __init__(self, url, key=None, tenant=None):
        self.url = url
        self.tenant = tenant
        self.session = requests.Session()
        self.session.trust_env = False
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"

    def close(self):
        self.session.close()

    def request(self, method, path, doc=NOTHING, *, body=None, media="application/json", headers=None, params=None,
                version=None, check=True):
        """`doc` is sent as JSON, `body` as it is; `version` as If-Match."""
        headers = dict(headers or {})
        if doc is not NOTHING:
            body = json.dumps(doc).encode()
        if body is not None and media is not None:
            headers.setdefault("Content-Type", media)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        params = dict(params or {})
        if self.tenant and path.startswith("/admin"):
            params.setdefault("tenant", self.tenant)
        answer = self._send_as_it_is(method, path, body, headers) if "%" in path and not params else \
            self._send(method, path, body, headers, params)
        if check:
            OPENAPI.check_response(method, path.partition("?")[0], answer)
        return answer

    def _send(self, method, path, body, headers, params):
        r = self.session.request(method, self.url + path, data=body, headers=headers, params=params, timeout=30,
                                 allow_redirects=False)
        return Answer(r.status_code, r.headers, r.content)

    def _send_as_it_is(self, method, path, body, headers):
        """For targets that requests would mend."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        try:
            connection.request(method, path, body, {**self.session.headers, **headers})
            r = connection.getresponse()
            return Answer(r.status, CaseInsensitiveDict(r.getheaders()), r.read())
        finally:
            connection.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, doc=NOTHING, **kw):
        return self.request("POST", path, doc, **kw)

    def put(self, path, doc=NOTHING, **kw):
        return self.request("PUT", path, doc, **kw)

    def patch(self, path, doc=NOTHING, **kw):
        kw.setdefault("media", "application/merge-patch+json")
        return self.request("PATCH", path, doc, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)

    # What most tests need in one line.

    def create_flag(self, key, **doc):
        answer = self.post("/admin/flags", {"key": key, "type": "boolean", **doc})
        assert answer.status == 201, answer
        return answer

    def create_segment(self, key, **doc):
        answer = self.post("/admin/segments", {"key": key, **doc})
        assert answer.status == 201, answer
        return answer

    def create_environment(self, key):
        answer = self.post("/admin/environments", {"key": key})
        assert answer.status in (201, 409), answer
        return answer

    def evaluate(self, keys=None, user="u-1", attributes=None, headers=None, **members):
        body = {"userID": user, "attributes": attributes or {}, **members}
        if keys is not None:
            body["flagKeys"] = keys
        if self.tenant:
            body.setdefault("tenant", self.tenant)
        answer = self.post("/v1/evaluate", body, headers=headers)
        assert answer.status == 200, answer
        return answer

    def decide(self, key, user="u-1", attributes=None, **members):
        """The decision for one flag."""
        return self.evaluate([key], user, attributes, **members).json["decisions"][key]


def flag_path(key, rest=""):
    return f"/admin/flags/{quote(key, safe='')}{rest}"


def segment_path(key, rest=""):
    return f"/admin/segments/{quote(key, safe='')}{rest}"
