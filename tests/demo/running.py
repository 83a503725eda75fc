"""A demo as a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.stack.ports import find_free
from tests.waiting import patience


@dataclass
class Demo:
    """A run of `chorus demo`."""

    folder: Path
    process: subprocess.Popen[str]

    @classmethod
    def begin(cls, folder: Path, *words: str) -> Demo:
        """Starts the demo with `words` as further arguments; its progress goes to `demo.log`."""
        argv = [sys.executable, "-m", "app.cli.main", "demo", "--var", str(folder / "var"), "--report", "json"]
        argv += ["--web-port", str(find_free()), *words]
        with (folder / "demo.log").open("w") as log:
            process = subprocess.Popen(  # noqa: S603
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        return cls(folder, process)

    @property
    def log(self) -> str:
        """What the demo told its operator so far."""
        return (self.folder / "demo.log").read_text()

    def finish(self, within_s: float) -> dict[str, Any]:
        """The report, once the demo has ended by itself; the last states of utterances under `states`."""
        out, _ = self.process.communicate(timeout=patience(within_s))
        assert out.strip(), self.log
        states = json.loads((self.folder / "var" / "sandbox" / "utterances.json").read_text())
        return {**json.loads(out), "states": states}

    def end(self) -> None:
        """Stops the demo, however far it is."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience(30))
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
