"""Bodies of POST /api/v1/deliberations, and how their ends are awaited."""
from client import until


def deliberation(model, agents=2, **changes):
    """Agents a, b, c … of the FakeModel, each asked for a model of its own name."""
    names = "abcdefgh"[:agents]
    body = {"task_id": "t", "task_description": "Name a prime above 10.", "role": "DEV", "constraints": {"story_id": "s"},
            "agents": [{"id": name, "role": "DEV", "model": name} for name in names],
            "vllm_url": model.url, "vllm_model": "m", "per_agent_models": True}
    return body | changes


def submit(client, body):
    return client.post("/api/v1/deliberations", body, 202).json()["deliberation_id"]


def ended(client, deliberation_id, seconds=30):
    """The deliberation with its calls, once it has ended."""
    def look():
        found = client.get(f"/api/v1/deliberations/{deliberation_id}").json()
        return found if found["status"] != "running" else None

    return until(look, seconds)
