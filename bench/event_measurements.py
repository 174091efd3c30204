"""Events of deliberations on NATS: how late somebody who listens hears what was stored."""
import pathlib
import statistics
import sys
import threading
import time

from deliberation_measurements import AGENTS, Stub, question, wait_until, wall_seconds
from served import Served

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/harness"))
from private_nats import PrivateNats  # noqa: E402


def stored_at(message):
    """Those of agents' answers have a number, the others a text."""
    moment = message["timestamp"]
    return moment if isinstance(moment, float) else wall_seconds(moment)


class Listener(threading.Thread):
    """A plain subscriber: of each event how long after it was stored it came, in milliseconds, and how many deliberations have ended."""

    def __init__(self, nats, count):
        super().__init__(daemon=True)
        self.lags, self.ended, self._nats, self._count, self.ready = [], 0, nats, count, threading.Event()
        self.start()

    def run(self):
        with self._nats.watch() as watch:
            self.ready.set()
            while self.ended < self._count:
                subject, message = watch.event()
                self.lags.append((time.time() - stored_at(message)) * 1000)
                self.ended += subject == "orchestration.deliberation.completed"


def events(settings, folder):
    """Deliberations that all run at once, each of which writes for some seconds."""
    count, nats = max(20, settings.deliberations // 10), PrivateNats()
    try:
        with Stub(settings.orc, "--first-token", 200, "--tokens", 20 * settings.seconds, "--tokens-per-second", 20) as stub, \
                Served(settings.orc, folder / "events", "--roles", "api,executor", "--nats", nats.url) as served:
            listener = Listener(nats, count)
            listener.ready.wait(30)
            started = time.monotonic()
            for _ in range(count):
                served.post("/api/v1/deliberations", question(stub.url))
            if not wait_until(lambda: listener.ended == count, 60 + 2 * settings.seconds):
                raise SystemExit(f"only {listener.ended} of {count} deliberations were told to have ended")
            seconds = time.monotonic() - started
    finally:
        nats.end()
    lags = listener.lags
    if len(lags) < count * (AGENTS + 3):
        raise SystemExit(f"only {len(lags)} events were heard")
    return {"event_lag_p99_ms": statistics.quantiles(lags, n=100)[-1], "event_lag_max_ms": max(lags), "events_heard_per_second": len(lags) / seconds}
