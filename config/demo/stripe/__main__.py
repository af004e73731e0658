"""`python -m config.demo.stripe --port N --data FOLDER`: the fake as a process of its own, until SIGTERM or Ctrl-C."""

import argparse
import signal
import sys
from hashlib import sha256
from pathlib import Path
from threading import Thread
from types import FrameType

from config.demo.stripe.fake import API_KEY, FakeStripe
from config.demo.stripe.server import StripeServer


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.demo.stripe", description="A fake Stripe over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, is any that is free")
    parser.add_argument("--data", type=Path, help="the folder it is kept in; in memory by default")
    parser.add_argument("--key", action="append", help=f"the API key of an account, each its own; {API_KEY} by default")
    options = parser.parse_args()
    fakes = [open_fake(key, options.data) for key in options.key or [API_KEY]]
    with StripeServer(options.host, options.port, fakes) as server:
        end_on_signals(server)
        print(f"Fake Stripe on {server.url}", flush=True)
        server.serve_forever(poll_interval=0.1)
    return 0


def open_fake(key: str, folder: Path | None) -> FakeStripe:
    """The account of a key, as it was left in the folder."""
    if folder is None:
        return FakeStripe(api_keys=(key,))
    folder.mkdir(parents=True, exist_ok=True)
    return FakeStripe(folder / f"{sha256(key.encode()).hexdigest()[:16]}.db", api_keys=(key,))


def end_on_signals(server: StripeServer) -> None:
    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as the signal module calls it
        Thread(target=server.shutdown).start()  # it waits for serve_forever, which this thread is in

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


if __name__ == "__main__":
    sys.exit(main())
