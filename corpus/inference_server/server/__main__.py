"""Start the server: python -m server."""

import argparse
import logging
import os

from server import health, http
from server.engine import Engine, EngineOptions

log = logging.getLogger("server")


def main() -> None:
    parser = argparse.ArgumentParser(prog="server")
    parser.add_argument("--device", default=os.environ.get("SERVER_DEVICE", "cuda:0"), help="e.g. cuda:1 or cpu")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--precision", choices=["fp32", "fp16", "bf16"], default="fp16")
    parser.add_argument("--graphs", choices=["auto", "cuda", "off"], default="auto", help="replay CUDA graphs")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")

    # Before the first allocation, or it has no effect.
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    if args.device.startswith("cuda"):
        log.info("visible devices: %s", os.getenv("CUDA_VISIBLE_DEVICES", "all"))
        health.require_driver(minimum=525)

    options = EngineOptions(device=args.device, precision=args.precision, graphs=args.graphs)
    http.serve(Engine(options), args.port)


if __name__ == "__main__":
    main()
