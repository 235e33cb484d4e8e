# SPDX-License-Identifier: Apache-2.0
"""Racing writers, and readers while they race."""
import threading
from concurrent.futures import ThreadPoolExecutor

from client import Client, flag_path

WRITERS = 8
ROUNDS = 25


def each_with_a_client(url, fn, n=WRITERS):
    """Runs fn(client, i) in n threads; their results."""
    def run(i):
        client = Client(url)
        try:
            return fn(client, i)
        finally:
            client.close()
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def test_one_winner_per_version(dev_server, api, name):
    api.create_flag(name)
    barrier = threading.Barrier(WRITERS)

    def race(client, i):
        outcomes = []
        for version in range(1, ROUNDS + 1):
            barrier.wait(60)
            outcomes.append(client.patch(flag_path(name), {"name": f"{version}-{i}"}, version=version).status)
        return outcomes

    outcomes = each_with_a_client(dev_server.url, race)
    for round_outcomes in zip(*outcomes):
        assert sorted(round_outcomes) == [200] + [412] * (WRITERS - 1)
    assert api.get(flag_path(name)).version == ROUNDS + 1
    history = api.get(flag_path(name, "/history"), params={"limit": 500}).json["items"]
    assert [i["version"] for i in history] == list(range(ROUNDS + 1, 0, -1))


def test_one_creation_wins(dev_server, name):
    barrier = threading.Barrier(WRITERS)

    def create(client, _):
        barrier.wait(60)
        return client.post("/admin/flags", {"key": name, "type": "boolean"}).status

    assert sorted(each_with_a_client(dev_server.url, create)) == [201] + [409] * (WRITERS - 1)


def test_revisions_have_no_gaps(dev_server, api, name):
    start = api.create_flag(name).revision

    def write(client, i):
        return [client.create_flag(f"{name}-{i}-{j}").revision for j in range(ROUNDS)]

    revisions = sorted(r for rs in each_with_a_client(dev_server.url, write) for r in rs)
    assert revisions == list(range(start + 1, start + 1 + WRITERS * ROUNDS))


def test_answers_during_changes_come_from_one_state(dev_server, api, name):
    """Two flags that one segment switches always agree, revisions never go back, and each own write is read."""
    api.create_segment(name)
    rules = [{"id": "s", "when": {"segment": name}, "serve": {"variation": "on"}}]
    for flag in (name + "-a", name + "-b"):
        api.create_flag(flag, environments={"production": {"enabled": True, "rules": rules}})
    done = threading.Event()

    def read(client, i):
        last = 0
        checked = 0
        while not done.is_set() or checked < 10:
            answer = client.evaluate([name + "-a", name + "-b"], "u")
            a, b = (answer.json["decisions"][f"{name}-{x}"]["value"] for x in "ab")
            assert a == b
            assert answer.revision >= last
            last = answer.revision
            checked += 1
        return checked

    def write(client):
        for version in range(1, 2 * ROUNDS):
            answer = client.put(f"/admin/segments/{name}", {"key": name, "included": ["u"] if version % 2 else []},
                                version=version)
            assert answer.status == 200, answer
            seen = client.evaluate([name + "-a"], "u")
            assert seen.revision >= answer.revision
            assert seen.json["decisions"][name + "-a"]["value"] is bool(version % 2)

    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(lambda: each_with_a_client(dev_server.url, lambda c, _: write(c), 1))
        writing.add_done_callback(lambda _: done.set())
        assert all(n >= 10 for n in each_with_a_client(dev_server.url, read, 4))
        writing.result()
