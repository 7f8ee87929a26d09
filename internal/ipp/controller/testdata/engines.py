"""Does what users do, with three of Python's engines, and prints what came of it. The argument is the client's connection file."""
import json
import os
import sys
import time

import ipyparallel as ipp

WAIT = 60  # seconds, for anything


def failure(ar):
    """The name of the exception that ar ends with."""
    try:
        return ["no failure", ar.get(WAIT)]
    except ipp.error.RemoteError as e:
        return e.ename


def left(n):
    """Waits until only n engines are left."""
    until = time.monotonic() + WAIT
    while len(rc.ids) > n and time.monotonic() < until:
        time.sleep(0.05)
    return len(rc.ids)


def square(x):
    return x * x


def die(path):
    """Ends the engine, unless it has done so before."""
    import os
    import signal

    if os.path.exists(path):
        return 3
    open(path, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)


rc = ipp.Client(sys.argv[1], timeout=WAIT)
rc.wait_for_engines(3, timeout=WAIT, interactive=False)
both = rc[:]
lbv = rc.load_balanced_view()
got = {"ids": rc.ids}
both.push({"a": 5}, block=True)
got["pulled"] = both.pull("a", block=True)
got["balanced"] = list(lbv.map_async(square, range(8)))
got["broadcast"] = len(set(rc.broadcast_view().apply_async(os.getpid).get(WAIT)))
got["coalesced"] = rc.broadcast_view(is_coalescing=True).apply_async(lambda: 7).get(WAIT)
ar = both.execute("print('hello')", silent=False)
ar.get(WAIT)
ar.wait_for_output(WAIT)
got["stdout"] = ar.stdout
got["failed"] = failure(lbv.apply_async(lambda: 1 / 0))
got["required"] = failure(lbv.apply_async(ipp.require("no_such_module")(square), 2))


@ipp.depend(lambda pid: __import__("os").getpid() == pid, rc[1].apply_sync(os.getpid))
def where():
    import os

    return os.getpid()


got["dependent"] = [lbv.apply_async(where).get(WAIT) == rc[1].apply_sync(os.getpid) for _ in range(2)]

got["killed"] = failure(rc[0].apply_async(die, sys.argv[1] + ".direct"))
got["others"] = left(2)
lbv.retries = 1
got["retried"] = lbv.apply_async(die, sys.argv[1] + ".task").get(WAIT)
left(1)
rc.shutdown(hub=False, block=True)
got["left"] = left(0)
print(json.dumps(got))
