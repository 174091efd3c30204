"""Server-sent events as a client reads them (WHATWG HTML, section 9.2)."""
import dataclasses
import json
import urllib.parse

import requests
from contract import HeldAnswer, the_contract

SILENCE_SECONDS_MAX = 30


@dataclasses.dataclass
class Event:
    id: str = ""
    kind: str = "message"
    data: str = ""

    @property
    def json(self):
        return json.loads(self.data)


class EventStream:
    """The events of one GET, whose head is held against the contract; ends with the answer. `last`: the id of the last event that an earlier stream had."""

    def __init__(self, url, token, last=None):
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", **({"Last-Event-ID": str(last)} if last is not None else {})}
        self.response = requests.get(url, headers=headers, stream=True, timeout=SILENCE_SECONDS_MAX)
        assert self.response.status_code == 200, self.response.text
        head = HeldAnswer(self.response.status_code, self.response.headers, b"")
        the_contract().check("GET", urllib.parse.urlsplit(url).path, head)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()

    def __iter__(self):
        event = Event()
        for line in self.response.iter_lines(chunk_size=1):
            field, _, value = line.decode("utf-8").partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                event.id = value
            elif field == "event":
                event.kind = value
            elif field == "data":
                event.data += value
            elif not line and event.data:
                yield event
                event = Event()
