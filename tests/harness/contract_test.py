"""The judge itself: each way in which an answer can break the contract must be seen."""
import types

import pytest
from contract import Contract


def document():
    error = {"content": {"application/json": {"schema": {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}}}}
    thing = {"type": "object", "required": ["id", "at"], "properties": {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/things/{id}": {
            "get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}, "401": error, "503": error}},
            "delete": {"responses": {"204": {"description": "gone"}}}}},
        "components": {"schemas": {"Thing": thing}},
    }


def answer(status, text="", kind="application/json", **headers):
    return types.SimpleNamespace(status_code=status, text=text, content=text.encode(),
                                 headers={"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()})


GOOD = '{"id": 1, "at": "2026-01-02T03:04:05.678Z"}'
DETAIL = '{"detail": "no"}'

RIGHT = [
    ("GET", "/things/1", answer(200, GOOD)),
    ("DELETE", "/things/1", answer(204)),
    ("GET", "/things/1", answer(401, DETAIL, WWW_Authenticate="Bearer")),
    ("POST", "/things/1", answer(405, DETAIL, Allow="GET, DELETE")),
    ("GET", "/nowhere", answer(404, DETAIL)),
]
WRONG = {
    "status": ("GET", "/things/1", answer(418, DETAIL)),
    "field missing": ("GET", "/things/1", answer(200, '{"id": 1}')),
    "field too many": ("GET", "/things/1", answer(200, '{"id": 1, "at": "2026-01-02T03:04:05Z", "more": 1}')),
    "field twice": ("GET", "/things/1", answer(200, '{"id": 1, "id": 1, "at": "2026-01-02T03:04:05Z"}')),
    "type": ("GET", "/things/1", answer(200, '{"id": "1", "at": "2026-01-02T03:04:05Z"}')),
    "time without Z": ("GET", "/things/1", answer(200, '{"id": 1, "at": "2026-01-02T03:04:05+00:00"}')),
    "not JSON": ("GET", "/things/1", answer(200, "{")),
    "media type": ("GET", "/things/1", answer(200, GOOD, kind="text/html")),
    "body where none is": ("DELETE", "/things/1", answer(204, "{}")),
    "no challenge": ("GET", "/things/1", answer(401, DETAIL)),
    "no Retry-After": ("GET", "/things/1", answer(503, DETAIL)),
    "no Allow": ("POST", "/things/1", answer(405, DETAIL)),
    "method that is not there": ("POST", "/things/1", answer(200, GOOD)),
    "path that is not there": ("GET", "/nowhere", answer(200, "{}")),
    "error in another shape": ("GET", "/nowhere", answer(404, '{"error": "no"}')),
    "fault": ("GET", "/things/1", answer(500, DETAIL)),
}


@pytest.mark.parametrize("case", range(len(RIGHT)))
def test_what_fits_passes(case):
    Contract(document()).check(*RIGHT[case])


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_seen(case):
    with pytest.raises((AssertionError, ValueError)):
        Contract(document()).check(*WRONG[case])


def test_only_a_success_counts_as_called():
    contract = Contract(document())
    contract.check(*RIGHT[2])
    assert not contract.succeeded
    contract.check(*RIGHT[0])
    assert contract.succeeded == {("GET", "/things/{id}")}


def test_parts_of_an_allof_stay_open():
    parts = document()
    parts["components"]["schemas"]["More"] = {"allOf": [{"$ref": "#/components/schemas/Thing"}, {"properties": {"more": {"type": "integer"}}}]}
    parts["paths"]["/things/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/More"}
    Contract(parts).check("GET", "/things/1", answer(200, '{"id": 1, "at": "2026-01-02T03:04:05Z", "more": 2}'))
