"""Does with two engines of ours what users do, and prints what came of it. The argument is the client's connection file.

The engines' executor is that of echo_test.go: code is a word that says what to do, and apply gives back its buffers in reverse,
so that the last argument is the result.
"""
import json
import sys
import time

import ipyparallel as ipp

WAIT = 60  # seconds, for anything


def shown(view, code):
    """Runs code and waits for its output, too."""
    ar = view.execute(code, silent=False)
    ar.get(WAIT)
    ar.wait_for_output(WAIT)
    return ar


def failure(ar):
    """The name and the text of the exception that ar ends with."""
    try:
        return ["no failure", ar.get(WAIT)]
    except ipp.error.RemoteError as e:
        return [e.ename, e.evalue]
    except ipp.error.TaskAborted:
        return ["TaskAborted"]


def begin(code):
    """Runs code on the first engine and waits until it has begun, which the engine says by showing the code."""
    ar = first.execute(code, silent=False)
    until = time.monotonic() + WAIT
    while rc.metadata[ar.msg_ids[0]]["execute_input"] is None and time.monotonic() < until:
        time.sleep(0.02)
    return ar


rc = ipp.Client(sys.argv[1], timeout=WAIT)
rc.wait_for_engines(2, timeout=WAIT, interactive=False)
both, first = rc[:], rc[0]
got = {
    "ids": sorted(rc.ids),
    "stdout": shown(both, "print héllo").stdout,
    "stderr": shown(both, "warn careful").stderr,
    "result": [r["data"]["text/plain"] for r in shown(both, "value 42").execute_result],
    "display": shown(both, "show picture").outputs[0][0]["data"]["text/plain"],
    "broadcast": shown(rc.broadcast_view(), "print to all").stdout,
    "failed": failure(first.execute("fail it is")),
    "panicked": failure(first.execute("panic oops")),
    "applied": first.apply_async(len, "first", ["last"]).get(WAIT),
    "balanced": [rc.load_balanced_view().apply_async(len, i).get(WAIT) for i in range(8)],
}

running = begin("wait")
rc.send_signal("SIGINT", targets=0, block=True)
got["interrupted"] = failure(running)[0]

running, queued = begin("wait"), first.execute("print never")
rc.abort(queued, targets=0, block=True)
got["queued"] = failure(queued)[0]
rc.abort(running, targets=0, block=True)
got["running"] = failure(running)[0]

rc.clear(block=True)
rc.shutdown(hub=False, block=True)
until = time.monotonic() + WAIT
while rc.ids and time.monotonic() < until:
    time.sleep(0.05)
got["left"] = rc.ids
print(json.dumps(got))
