"""For a look by hand: ``python -m tests.e2e.model_server PORT LOG``."""

import sys
import threading
from pathlib import Path

from .server import ModelServer

server = ModelServer(Path(sys.argv[2]), int(sys.argv[1]))
print(server.url, flush=True)
threading.Event().wait()
