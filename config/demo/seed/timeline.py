"""What is to happen and when. Things happen in order of time, so that windows, holds and caps are real."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Act = Callable[[datetime], object]


class Timeline:
    """`now` is the clock of the world: that of the act which happens, or of the sweep after it."""

    def __init__(self, *, start: datetime, end: datetime) -> None:
        self.now, self.end = start, end
        self._heap: list[tuple[datetime, int, Act]] = []
        self._numbers = count()

    def add(self, at: datetime, act: Act) -> None:
        """Have something happen; what lies after the end never does. An act may add others that follow from it."""
        if at <= self.end:
            heappush(self._heap, (at, next(self._numbers), act))

    def run(self, *, until: datetime) -> None:
        while self._heap and self._heap[0][0] <= until:
            self.now, _, act = heappop(self._heap)
            act(self.now)
        self.now = until
