"""Jupyter's own clients (libzmq, jupyter_client, jupyter_kernel_test) against the front end.

Run by TestRealClients with JUPYTER_TEST_KERNEL set to a test binary that is a kernel when JUPYTER_TEST_CONNECTION is set.
"""

import json
import os
import signal
import time
import unittest

import jupyter_kernel_test
from jupyter_client.manager import KernelManager


def write_spec():
    home = os.environ["JUPYTER_DATA_DIR"]
    folder = os.path.join(home, "kernels", "script")
    os.makedirs(folder, exist_ok=True)
    spec = {
        "argv": ["sh", "-c", 'JUPYTER_TEST_CONNECTION="$0" exec "$JUPYTER_TEST_KERNEL"', "{connection_file}"],
        "display_name": "script",
        "language": "go",
        "interrupt_mode": "message",
    }
    with open(os.path.join(folder, "kernel.json"), "w") as f:
        json.dump(spec, f)


write_spec()


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = "script"
    language_name = "go"
    file_extension = ".go"
    code_hello_world = "print hello, world"
    code_stderr = "warn oops"
    completion_samples = [{"text": "resu", "matches": {"result"}}]
    complete_code_samples = ["print 1"]
    incomplete_code_samples = ["func {"]
    invalid_code_samples = ["!"]
    code_page_something = "page some help"
    code_generate_error = "fail on purpose"
    code_execute_result = [{"code": "result 6", "result": "6"}]
    code_display_data = [{"code": "show x", "mime": "text/plain"}]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "result?6*"
    code_inspect_sample = "print"
    code_clear_output = "clear"


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "script"
    support_iopub_welcome = True


class Life(unittest.TestCase):
    """What jupyter_kernel_test leaves out."""

    transport = "tcp"

    def setUp(self):
        self.km = KernelManager(kernel_name="script", transport=self.transport)
        self.km.start_kernel()
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=20)

    def tearDown(self):
        self.kc.stop_channels()
        if self.km.has_kernel:
            self.km.shutdown_kernel(now=True)

    def run_cell(self, code, **options):
        outputs = []
        options.setdefault("allow_stdin", False)
        reply = self.kc.execute_interactive(code, output_hook=outputs.append, timeout=20, **options)
        return reply["content"], outputs

    def test_interrupt_message_and_signal(self):
        for interrupt in (self.km.interrupt_kernel, lambda: self.km.provisioner.process.send_signal(signal.SIGINT)):
            msg_id = self.kc.execute("wait")
            self.await_busy(msg_id)
            interrupt()
            reply = self.kc.get_shell_msg(timeout=5)
            self.assertEqual(reply["content"]["ename"], "interrupted")
        self.assertEqual(self.run_cell("print on")[0]["status"], "ok")

    def await_busy(self, msg_id):
        while True:
            m = self.kc.get_iopub_msg(timeout=5)
            if m["msg_type"] == "execute_input" and m["parent_header"]["msg_id"] == msg_id:
                time.sleep(0.05)
                return

    def test_input(self):
        asked = []

        def answer(message):
            asked.append(message["content"])
            self.kc.input("forty-two")

        reply, outputs = self.run_cell("ask Password:", allow_stdin=True, stdin_hook=answer)
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(asked, [{"prompt": "Password:", "password": True}])
        text = [m["content"]["text"] for m in outputs if m["msg_type"] == "stream"]
        self.assertEqual(text, ["got forty-two"])

    def test_flood_arrives_whole(self):
        _, outputs = self.run_cell("flood 1000000")
        texts = [m["content"]["text"] for m in outputs if m["msg_type"] == "stream"]
        self.assertEqual(sum(map(len, texts)), 17_000_000)
        self.assertLess(len(texts), 500)

    def test_shutdown_leaves_nothing(self):
        process = self.km.provisioner.process
        self.kc.execute("wait")
        self.km.shutdown_kernel()
        self.assertEqual(process.poll() if process.poll() is not None else process.wait(5), 0)

    def test_termination(self):
        process = self.km.provisioner.process
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(5), 0)

    def test_heartbeat(self):
        self.kc.hb_channel.unpause()
        time.sleep(1.5)
        self.assertTrue(self.kc.hb_channel.is_beating())


class LifeOverIPC(Life):
    transport = "ipc"


if __name__ == "__main__":
    unittest.main()
