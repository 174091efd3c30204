"""A model server for a test: it speaks OpenAI's HTTP API, counts what it is asked, and answers when the test lets it."""
import http.server
import json
import threading

from client import until

PART = 100_000  # characters of an event: an event has a bound of its own


class FakeModel:
    """`says`: what a request (the body as it came) is answered: a text, or a status for a refusal. While it is closed, requests wait."""

    def __init__(self, says=lambda request: "eleven", usage=(10, 2, 0)):
        self.calls, self.keys, self.cut = [], [], 0  # bodies and Authorization fields that came; calls that were hung up on
        self._says, self._usage = says, usage
        self._opened, self._waits = threading.Event(), lambda request: True
        self._opened.set()
        self._lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self):
                outer._answer(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def handle_error(self, *_):  # a client that hung up
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self, only=lambda request: True):
        """Requests wait from now on, those for which `only` is true."""
        self._waits = only
        self._opened.clear()

    def open(self):
        self._opened.set()

    def wait_for_calls(self, count, seconds=30):
        until(lambda: len(self.calls) >= count, seconds)

    def end(self):
        self.open()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler):
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self._lock:
            self.calls.append(request)
            self.keys.append(handler.headers.get("Authorization"))
        if self._waits(request):
            self._opened.wait()
        said = self._says(request)
        if isinstance(said, int):
            handler.send_response(said)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        tokens_in, tokens_out, cached = self._usage
        parts = [said[:1], *(said[begin:begin + PART] for begin in range(1, len(said), PART))]
        events = [{"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]} for part in parts if part]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        events.append({"choices": [], "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out,
                                                "prompt_tokens_details": {"cached_tokens": cached}}})
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        try:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body.encode())
            handler.wfile.flush()
        except ConnectionError:
            with self._lock:
                self.cut += 1
