"""HTTP in front of the engine, standard library only."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from server import health
from server.engine import BATCHES, Engine


def handler(engine: Engine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            if self.path != "/health":
                return self._answer(404, {"error": "not found"})
            state = health.state(engine.device)
            return self._answer(200 if state["ok"] else 503, state)

        def do_POST(self) -> None:
            if self.path != "/classify":
                return self._answer(404, {"error": "not found"})
            try:
                rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["tokens"]
            except (KeyError, ValueError, TypeError):
                return self._answer(400, {"error": 'expected {"tokens": [[...], ...]}'})
            if not 0 < len(rows) <= BATCHES[-1]:
                return self._answer(400, {"error": f"1 to {BATCHES[-1]} rows"})
            return self._answer(200, {"classes": engine.classify(rows)})

        def log_message(self, *_: object) -> None:
            """Requests are counted by the proxy."""

    return Handler


def serve(engine: Engine, port: int) -> None:
    server = ThreadingHTTPServer(("", port), handler(engine))
    print(f"ready on port {server.server_port}", flush=True)
    server.serve_forever()
