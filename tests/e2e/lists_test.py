"""Attack rows Z2 to Z4: numbers and text in paths and queries."""
import pytest

LISTS = ("/api/v1/jobs", "/api/v1/users", "/api/v1/plugins")
TOO_BIG = ("1000000000", "9223372036854775807", "9223372036854775808", "99999999999999999999999")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("name", ["skip", "limit"])
@pytest.mark.parametrize("value", ["-1", "1e3", "1.0", "", " 1", "+1", "0x10", "１", "1;2", "null", "-0"])
def test_z2_what_is_no_count_is_422(admin, path, name, value):
    faults = admin.client.get(path, 422, params={name: value}).json()["detail"]
    assert ["query", name] in [fault["loc"] for fault in faults]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("name", ["skip", "limit"])
@pytest.mark.parametrize("value", TOO_BIG)
def test_z2_a_huge_count_is_refused_or_capped(admin, path, name, value):
    answer = admin.client.get(path, None, params={name: value})
    assert answer.status_code in (200, 422)
    if answer.status_code == 200 and name == "skip":
        assert answer.json()["items"] == []
    if answer.status_code == 200:
        assert len(answer.json()["items"]) <= 1000


@pytest.mark.parametrize("path", LISTS)
def test_z2_a_repeated_parameter_is_422(admin, path):
    admin.client.get(f"{path}?limit=1&limit=2", 422)


STRANGE = ["'", "%", "_", "\\", "--", "%%", "a%", "' OR '1'='1", '"', ";", "*", "ä", "\x01"]


@pytest.mark.parametrize("text", STRANGE, ids=repr)
def test_z3_strange_text_matches_literally(admin, alice, echo, text):
    alice.client.submit(echo, {})
    assert alice.client.get("/api/v1/plugins", params={"name": text}).json()["total"] == 0
    found = alice.client.get("/api/v1/jobs", None, params={"plugin_name": text})
    assert found.status_code == 422 or found.json() == {"total": 0, "items": []}
    assert alice.client.get("/api/v1/jobs", 400, params={"status": text}).json() == {"detail": f"Invalid status: {text}"}


def test_z3_a_name_filters_plugins_by_substring(alice, admin, echo):
    assert echo in [item["name"] for item in alice.client.get("/api/v1/plugins?name=ch").json()["items"]]
    assert alice.client.get("/api/v1/plugins?name=c_o").json()["total"] == 0


@pytest.mark.parametrize("job_id", ["0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "1.0", "１", "1e0", "abc", "%00", "%20", "1%201",
                                    "01", "+1", "99999999999999999999999999", "..", "%2e%2e", "'", "0x1"])
@pytest.mark.parametrize("place", ["/api/v1/jobs/{}", "/api/v1/users/{}", "/api/v1/jobs/{}/attempts", "/api/v1/jobs/{}/logs"])
def test_z4_an_id_that_is_none(admin, place, job_id):
    answer = admin.client.get(place.format(job_id), None)
    if job_id in ("..",):  # the client itself folds it away
        return
    assert answer.status_code in (400, 404, 422), answer.text
    if job_id in ("0", "-1", "2147483648", "9223372036854775807"):
        assert answer.status_code in (404, 422)
