"""A question asked of the lab of a server, as a client asks it."""

from __future__ import annotations

API = "/api/v1/lab"


def send(client, path, name=None):
    answer = client.post(
        f"{API}/files?name={name or path.name}", content=path.read_bytes(),
        headers={"content-type": "application/octet-stream"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def ask(client, question, files, /, **options):
    asked = {"question": question, "files": files, "options": options}
    answer = client.post(f"{API}/runs", json=asked)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def ended(served, client, run):
    served.site.lab._pool.submit(lambda: None).result(300)  # one at a time: it is over by then
    return client.get(f"{API}/runs/{run}").json()


def answered(served, client, question, files, /, **options):
    sent = {name: [send(client, path)] for name, path in files.items()}
    run = ended(served, client, ask(client, question, sent, **options))
    for file in (one for ones in sent.values() for one in ones):  # a member keeps 50
        assert client.delete(f"{API}/files/{file}").status_code in {204, 404}
    return run
