"""Receives callbacks for a test."""
import http.server
import queue
import ssl
import threading


class Receiver:
    """An HTTP server that keeps what it is sent in `got`, and answers the statuses that it was given, the last one again and again."""

    def __init__(self, *statuses, certificate=None):
        self.got, answers = queue.Queue(), list(statuses or (204,))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.put((self.path, self.headers, body))
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        outer = self
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.origin = f"{'https' if certificate else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def next(self, seconds=20):
        return self.got.get(timeout=seconds)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
