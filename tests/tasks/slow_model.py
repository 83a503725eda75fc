"""A provider that holds its answer back until it is told to give it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_S = 60.0


class SlowModel:
    """Counts what it is asked, and answers every prompt of a request with a sentence once `answer` is set."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = threading.Event()
        self.url = ""

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """The completion of one request, in OpenAI's form."""
        self.asked += 1
        self.answer.wait(LONGEST_S)
        prompts = json.loads(body["messages"][-1]["content"])["items"]
        items = [{"id": prompt["id"], "text": "The harbour is quiet this morning."} for prompt in prompts]
        message = {"role": "assistant", "content": json.dumps({"items": items})}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
        return {"id": "1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}


@contextmanager
def serve_slow_model() -> Iterator[SlowModel]:
    """Serves one on a free loopback port until the block ends."""
    model = SlowModel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.dumps(model.complete(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield model
    finally:
        model.answer.set()
        server.shutdown()
        server.server_close()
        serving.join()
