"""A client session with a running kernel, for tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

KERNEL = "warren"

# How long a test waits for what must happen. Far beyond what is normal, so that only a hang fails.
PATIENCE = 120.0


@dataclass
class Ran:
    """What a request led to: the reply, and the iopub messages from busy to idle, statuses left out."""

    reply: dict
    messages: list[dict] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.reply["content"]["status"]

    @property
    def count(self) -> int:
        return self.reply["content"]["execution_count"]

    def contents(self, msg_type: str) -> list[dict]:
        return [m["content"] for m in self.messages if m["msg_type"] == msg_type]

    def stream(self, name: str = "stdout") -> str:
        return "".join(c["text"] for c in self.contents("stream") if c["name"] == name)

    def result(self) -> str:
        (content,) = self.contents("execute_result")
        return content["data"]["text/plain"]

    def traceback(self) -> str:
        (content,) = self.contents("error")
        return "\n".join(content["traceback"])


class Session:
    """A kernel with its client."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient):
        self.manager = manager
        self.client = client

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Session]:
        manager = KernelManager(kernel_name=KERNEL)
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=PATIENCE)
            yield cls(manager, client)
        finally:
            client.stop_channels()
            if manager.has_kernel:
                manager.shutdown_kernel()

    def submit(self, code: str, **options) -> str:
        """Sends an execute_request and returns its msg_id."""
        options.setdefault("allow_stdin", False)
        return self.client.execute(code, **options)

    def run(self, code: str, **options) -> Ran:
        return self.finish(self.submit(code, **options))

    def ok(self, code: str, **options) -> Ran:
        """Runs a cell that must succeed."""
        ran = self.run(code, **options)
        assert ran.status == "ok", (code, ran.reply["content"])
        return ran

    def finish(self, msg_id: str) -> Ran:
        """Waits for the reply to msg_id and for its idle, whatever comes first."""
        return Ran(self.reply(msg_id), self.until_idle(msg_id))

    def reply(self, msg_id: str) -> dict:
        return self._next(self.client.get_shell_msg, msg_id, lambda m: True)

    def until_idle(self, msg_id: str) -> list[dict]:
        messages = []
        while True:
            message = self._next(self.client.get_iopub_msg, msg_id, lambda m: True)
            if message["msg_type"] != "status":
                messages.append(message)
            elif message["content"]["execution_state"] == "idle":
                return messages

    def wait_for(self, msg_id: str, msg_type: str) -> dict:
        """Waits for an iopub message of msg_id and drops those before it."""
        return self._next(self.client.get_iopub_msg, msg_id, lambda m: m["msg_type"] == msg_type)

    def request(self, msg_type: str, content: dict, channel: str = "shell") -> tuple[dict, str]:
        """Sends any request on a channel and returns the reply's content and the msg_id."""
        message = self.client.session.msg(msg_type, content)
        getattr(self.client, f"{channel}_channel").send(message)
        msg_id = message["header"]["msg_id"]
        get = getattr(self.client, f"get_{channel}_msg")
        return self._next(get, msg_id, lambda m: True)["content"], msg_id

    @staticmethod
    def _next(get: Callable, msg_id: str, wanted: Callable[[dict], bool]) -> dict:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                message = get(timeout=1)
            except Empty:
                continue
            if message["parent_header"].get("msg_id") == msg_id and wanted(message):
                return message
        raise TimeoutError(f"nothing came for request {msg_id} within {PATIENCE:.0f} s")


def eventually(condition: Callable[[], object], what: str) -> None:
    """Waits until condition() holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE:.0f} s"
        time.sleep(0.05)
