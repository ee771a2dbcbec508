"""Ask a server on the CPU, and one on the GPU where there is one."""

import json
import threading
import urllib.request
from http.server import ThreadingHTTPServer

import pytest
import torch
from server.engine import Engine, EngineOptions
from server.http import handler

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA"))]


@pytest.fixture(params=DEVICES)
def url(request):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(Engine(EngineOptions(device=request.param))))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_classify(url):
    body = json.dumps({"tokens": [[5, 8, 13], [21, 34]]}).encode()
    with urllib.request.urlopen(f"{url}/classify", body) as answer:
        classes = json.load(answer)["classes"]
    assert len(classes) == 2
    assert all(label in range(3) for label in classes)


def test_health(url):
    with urllib.request.urlopen(f"{url}/health") as answer:
        assert json.load(answer)["ok"]
