"""Python's ipcluster starts engines of Warren, by itself and by mpiexec."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import ipyparallel as ipp
import pytest

from cluster import children, runs, shown, until, warren
from session import PATIENCE

CONFIG = """
c = get_config()
for launcher in c.LocalEngineLauncher, c.LocalEngineSetLauncher, c.MPIEngineSetLauncher:
    launcher.engine_cmd = [{warren!r}, "engine"]
c.MPIEngineSetLauncher.mpi_args = ["--allow-run-as-root", "--oversubscribe"]
"""


@pytest.mark.optional("mpiexec")
@pytest.mark.parametrize("engines", ["local", "mpi"])
def test_ipcluster_starts_and_stops_engines(tmp_path, engines):
    if engines == "mpi" and not shutil.which("mpiexec"):
        pytest.skip("there is no mpiexec")
    (tmp_path / "ipcluster_config.py").write_text(CONFIG.format(warren=warren()))
    (tmp_path / "ipcontroller_config.py").write_text("c = get_config()\nc.HeartMonitor.period = 200\n")
    command = [sys.executable, "-m", "ipyparallel.cluster", "start", "--profile-dir", str(tmp_path), "-n", "2", f"--engines={engines}"]
    with open(tmp_path / "output", "w") as log:
        cluster = subprocess.Popen([*command, "--ip=127.0.0.1"], cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    started: list[int] = []
    try:
        client = tmp_path / "security" / "ipcontroller-client.json"
        until(lambda: cluster.poll() is not None or client.exists() and client.stat().st_size > 0, "the controller has started")
        assert cluster.poll() is None, (tmp_path / "output").read_text()
        with ipp.Client(str(client), timeout=PATIENCE) as rc:
            until(lambda: len(rc.ids) == 2, "two engines have registered")
            pids = [int(r["data"]["text/plain"]) for r in shown(rc[:], "os.Getppid()").execute_result]
            started = pids + [w for p in pids for w in children(p)]
            if engines == "mpi":
                ranks = shown(rc[:], 'os.Getenv("OMPI_COMM_WORLD_RANK")').execute_result
                assert [r["data"]["text/plain"] for r in ranks] == ["0", "1"]
        cluster.send_signal(signal.SIGINT)
        assert cluster.wait(PATIENCE) == 0, (tmp_path / "output").read_text()
        until(lambda: not any(runs(p) for p in started), "engines and workers have ended")
    finally:
        if cluster.poll() is None:
            os.killpg(cluster.pid, signal.SIGKILL)
            cluster.wait(PATIENCE)
        for p in started:
            if runs(p):
                os.kill(p, signal.SIGKILL)
