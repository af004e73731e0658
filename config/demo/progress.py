"""How far the seed is: one line that grows on a terminal, a line every tenth of the way elsewhere."""

import sys
import time

NAME = "history of Acme"
WIDTH = 24


class Progress:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._tenths = 0
        self._is_terminal = sys.stdout.isatty()

    def show(self, share: float, words: str) -> None:
        if self._is_terminal:
            bar = "#" * int(share * WIDTH)
            print(f"  {NAME:<26}[{bar:.<{WIDTH}}] {share:4.0%}  {words}", end="\033[K\r", flush=True)
        elif int(share * 10) > self._tenths:
            self._tenths = int(share * 10)
            print(f"  {NAME}: {words} ({share:.0%})", flush=True)

    def finish(self, words: str) -> None:
        end = "\033[K\n" if self._is_terminal else "\n"
        print(f"  {NAME:<26}{time.monotonic() - self._began:5.1f} s  {words}", end=end, flush=True)
