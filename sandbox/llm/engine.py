"""The model's processor: slots, a queue before them, and the time that a prompt and an answer take.

As llama.cpp does it (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md): a request takes the
free slot whose last prompt has the longest beginning in common with its own, and only the rest of it is read; requests
beyond the slots wait in the order they came; a client that disconnects gives its slot, or its place in the queue, free.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sandbox.llm.providers import Speed
from sandbox.llm.tokens import BYTES_PER_TOKEN

Clock = Callable[[], float]
SLACK_S = 1e-6


class Processor:
    """Divides one processor equally among those who work (processor sharing), or gives each their own."""

    def __init__(self, clock: Clock, shared: bool) -> None:
        self._clock = clock
        self._shared = shared
        self._workers = 0
        self._done = 0.0
        self._at = clock()
        self._changed = asyncio.Event()

    def join(self) -> float:
        """Adds a worker; returns the mark from which its work is counted."""
        self._advance()
        self._workers += 1
        self._tell()
        return self._done

    def leave(self) -> None:
        self._advance()
        self._workers -= 1
        self._tell()

    async def reach(self, mark: float) -> None:
        """Waits until each worker has done work up to `mark`, in seconds of an undivided processor."""
        while True:
            self._advance()
            left = (mark - self._done) * (self._workers if self._shared else 1)
            if left <= SLACK_S:
                return
            if not self._shared:
                await asyncio.sleep(left)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    def _advance(self) -> None:
        now = self._clock()
        share = max(1, self._workers) if self._shared else 1
        self._done += (now - self._at) / share
        self._at = now

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


@dataclass
class Slot:
    """A place where one request is worked on; it keeps the last prompt."""

    number: int
    prompt: bytes = b""

    def common_tokens(self, prompt: bytes) -> int:
        """Returns the whole tokens that `prompt` and the slot's last one begin with in common."""
        low, high = 0, min(len(prompt), len(self.prompt))
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if prompt[:middle] == self.prompt[:middle] else (low, middle - 1)
        return low // BYTES_PER_TOKEN


@dataclass
class Work:
    """One request at the processor: seconds it waited, seconds it holds its slot, tokens read and written so far."""

    queue_s: float = 0.0
    slot_s: float = 0.0
    cached: int = 0
    read: int = 0
    written: float = 0.0
    slot: int | None = None
    mark: float = field(default=0.0, repr=False)


class Engine:
    """Works on requests as fast as `speed` says; without slots and rates only `base_s` is left."""

    def __init__(self, speed: Speed, clock: Clock) -> None:
        self.speed = speed
        self._clock = clock
        self._free = [Slot(number) for number in range(speed.slots)]
        self._room = asyncio.Semaphore(speed.slots) if speed.slots else None
        self._processor = Processor(clock, speed.shared)
        self.busy = 0
        self.waiting = 0

    @asynccontextmanager
    async def hold(self, prompt: str, work: Work) -> AsyncIterator[Work]:
        """Waits for a slot and holds it during the block, recording both times in `work`."""
        arrived = self._clock()
        try:
            if self._room is not None:
                self.waiting += 1
                try:
                    await self._room.acquire()
                finally:
                    self.waiting -= 1
        finally:
            began = self._clock()
            work.queue_s = began - arrived
        slot = self._take(prompt, work)
        self.busy += 1
        work.mark = self._processor.join()
        try:
            yield work
        finally:
            self._processor.leave()
            self.busy -= 1
            work.slot_s = self._clock() - began
            if slot is not None and self._room is not None:
                self._free.append(slot)
                self._room.release()

    async def read(self, work: Work, tokens: int) -> None:
        """Takes the time before the first token: the fixed part, and reading the tokens that are not cached."""
        new = max(0, tokens - work.cached)
        rate = self.speed.prefill_rate
        await self._spend(work, self.speed.base_s + (new / rate if rate else 0.0))
        work.read = new

    async def write(self, work: Work, tokens: float, factor: float = 1.0) -> None:
        """Takes the time of writing `tokens`, `factor` times as long as usual."""
        if self.speed.decode_rate:
            await self._spend(work, tokens * factor / self.speed.decode_rate)
        work.written += tokens

    async def _spend(self, work: Work, seconds: float) -> None:
        work.mark += seconds
        await self._processor.reach(work.mark)

    def _take(self, prompt: str, work: Work) -> Slot | None:
        if not self._free:
            return None
        data = prompt.encode("utf-8", "replace")
        slot = max(self._free, key=lambda free: free.common_tokens(data))
        self._free.remove(slot)
        work.cached, work.slot = slot.common_tokens(data), slot.number
        slot.prompt = data
        return slot
