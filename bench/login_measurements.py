"""What a failed login gives away (attack row S8): nothing, if it takes as long for an unknown e-mail as for a known one."""
import http.client
import json
import statistics
import time
import urllib.parse

from served import Served

ACCOUNT = "bench@example.com"  # that Served makes


def logins(settings, folder):
    """A wrong password for the known account and for nobody's, in turn, one after another, at a quarter of the usual bcrypt cost: what differs beside it
    weighs four times as much."""
    times = {True: [], False: []}
    with Served(settings.orc, folder / "state", "--roles", "api", "--login-rate", "none", "--password-cost", "10") as served:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(served.api).netloc, timeout=30)
        for number in range(settings.logins):
            for is_known in (True, False):
                times[is_known].append(failed_login(connection, ACCOUNT if is_known else f"nobody-{number}@example.com"))
        connection.close()
    known, unknown = (statistics.median(times[is_known]) for is_known in (True, False))
    return {"login_known_ms": known, "login_unknown_ms": unknown, "login_difference_percent": 100 * abs(unknown - known) / known}


def failed_login(connection, email):
    """Milliseconds."""
    body = json.dumps({"username": email, "password": "a wrong password"})
    started = time.perf_counter()
    connection.request("POST", "/api/v1/auth/token", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - started) * 1000
    if answer.status != 401:
        raise SystemExit(f"a wrong password was answered {answer.status}")
    return took
