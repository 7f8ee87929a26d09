"""Does what users do, with two engines of ours, and prints what came of it. The argument is the client's connection file.

The engines' executor is that of cluster_test.go: code is a word that says what to do, and apply gives back its buffers in
reverse, so that the last argument is the result.
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


def subscribe(view):
    """Waits until the client hears engines: what they publish before its subscription has arrived is lost, as always with ZeroMQ."""
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        ar = view.execute("print here", silent=False)
        ar.get(WAIT)
        ar.wait_for_output(0.2)
        if all(ar.stdout):
            return


def failure(ar):
    """The name and the text of the exception that ar ends with."""
    try:
        return ["no failure", ar.get(WAIT)]
    except ipp.error.CompositeError as e:
        return [e.elist[0][0], e.elist[0][1]]
    except ipp.error.RemoteError as e:
        return [e.ename, e.evalue]
    except ipp.error.TaskAborted:
        return ["TaskAborted"]


def refusal(call, *args, **kwargs):
    """The name of the exception of a call."""
    try:
        return call(*args, **kwargs)
    except ipp.error.RemoteError as e:
        return e.ename


def begin(code):
    """Runs code on the first engine and waits until it has begun, which the engine says by showing the code."""
    ar = first.execute(code, silent=False)
    until = time.monotonic() + WAIT
    while rc.metadata[ar.msg_ids[0]]["execute_input"] is None and time.monotonic() < until:
        time.sleep(0.02)
    return ar


def task(code, after=(), follow=(), timeout=None, targets=(), retries=0):
    """Has any engine run code."""
    metadata = dict(
        after=[i for ar in after for i in getattr(ar, "msg_ids", [ar])],
        follow=[i for ar in follow for i in ar.msg_ids],
        timeout=timeout,
        targets=[rc._engines[i] for i in targets],
        retries=retries,
    )
    future = rc.send_execute_request(rc._task_stream, code, silent=False, metadata=metadata)
    return ipp.AsyncResult(rc, future, fname="task", owner=True)


rc = ipp.Client(sys.argv[1], timeout=WAIT)
rc.wait_for_engines(2, timeout=WAIT, interactive=False)
both, first = rc[:], rc[0]
subscribe(both)
lbv = rc.load_balanced_view()
coalescing = rc.broadcast_view(is_coalescing=True)
got = {
    "ids": sorted(rc.ids),
    "stdout": shown(both, "print héllo").stdout,
    "result": [r["data"]["text/plain"] for r in shown(both, "value 42").execute_result],
    "broadcast": shown(rc.broadcast_view(), "print to all").stdout,
    "failed": failure(first.execute("fail it is")),
    "applied": first.apply_async(len, "first", ["last"]).get(WAIT),
    "broadcast apply": rc.broadcast_view().apply_async(len, "first", ["x"]).get(WAIT),
    "coalesced": [x for x in coalescing.apply_async(len, "first", ["x"]).get(WAIT) if x == ["x"]],
    "balanced": [lbv.apply_async(len, i).get(WAIT) for i in range(8)],
}

failed = task("fail first")
failure(failed)
got["after"] = failure(task("value 1", after=[failed]))[0]
got["invalid"] = failure(task("value 1", after=["nothing"]))[0]
got["retried"] = failure(task("fail again", retries=2))
got["targets"] = []
for engine in [1, 1, 0]:
    ar = task("value 1", targets=[engine])
    ar.get(WAIT)
    got["targets"].append(ar.engine_id)
ar = task("unmet 1")
ar.get(WAIT)
got["unmet"] = ar.engine_id
ar = task("value 1", follow=[ar])
ar.get(WAIT)
got["followed"] = ar.engine_id

running = begin("wait")
got["timeout"] = failure(task("value 1", targets=[0], timeout=0.05))[0]
rc.send_signal("SIGINT", targets=0, block=True)
got["interrupted"] = failure(running)[0]

running, queued = begin("wait"), first.execute("print never")
rc.abort(queued, targets=0, block=True)
got["queued"] = failure(queued)[0]
rc.abort(running, targets=0, block=True)
got["running"] = failure(running)[0]

busy = [task("wait", targets=[0]) for _ in range(40)]
last = busy[-1]
rc.abort(last, block=True)
got["aborted task"] = failure(last)[0]
rc.abort(busy, block=True)
for ar in busy:
    failure(ar)

status = rc.queue_status()
got["queue"] = [status[i]["queue"] + status[i]["tasks"] for i in rc.ids]
verbose = rc.queue_status(verbose=True)
got["verbose"] = all(set(ar.msg_ids) <= set(verbose[0]["completed"] + verbose[1]["completed"]) for ar in [running, failed])
answer = rc._send_recv(rc._query_stream, "result_request", {"msg_ids": failed.msg_ids + running.msg_ids, "status_only": True})
got["status"] = [len(answer["content"]["completed"]), len(answer["content"]["pending"])]
answer = rc._send_recv(rc._query_stream, "result_request", {"msg_ids": ["nothing"], "status_only": True})
got["unknown result"] = answer["content"]["ename"]
got["database"] = refusal(rc.db_query, {"msg_id": "x"})
rc.purge_hub_results("all")
got["purged"] = len(rc.hub_history())
answer = rc._send_recv(rc._query_stream, "purge_request", {"engine_ids": [17]})
got["bad purge"] = answer["content"]["ename"]

second = ipp.Client(sys.argv[1], timeout=WAIT)
got["second client"] = second.ids
subscribe(second[:])
got["second output"] = shown(second[:], "print two").stdout
second.close()

rc.clear(block=True)
rc.shutdown(hub=False, block=True)
until = time.monotonic() + WAIT
while rc.ids and time.monotonic() < until:
    time.sleep(0.05)
got["left"] = rc.ids
rc._send_recv(rc._query_stream, "shutdown_request")
print(json.dumps(got))
