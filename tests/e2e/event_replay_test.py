"""Events that were published to NATS are published once more for whoever asks over REST, by the names that they had."""
from client import Client, make_user, until
from deliberation_bodies import deliberation, ended, submit


def test_an_administrator_has_events_published_again(nats, model, start_server, contract):
    server = start_server(environment={"NATS_URL": nats.url})
    ada = make_user(Client(server.api, contract), "ada@example.com").client
    assert ended(ada, submit(ada, deliberation(model)))["status"] == "completed"
    kept = until(lambda: [name for _, name, body in nats.kept() if body.get("event_type") == "deliberation.completed"] and nats.kept())
    with nats.watch() as watch:
        assert ada.post("/api/v1/events/replay", {"from_seq": 0}, 200).json() == {"events": len(kept)}
        assert sorted(watch.names(len(kept))) == sorted(name for _, name, _ in kept)
    assert nats.kept() == kept, "the stream knows them by their names"
    assert ada.post("/api/v1/events/replay", {"since": "2999-01-01T00:00:00Z"}, 200).json() == {"events": 0}
