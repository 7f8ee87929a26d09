"""MPI programs in cells, as far as the kernel's own process has a part in it."""

from __future__ import annotations

import psutil
import pytest

from session import eventually

pytestmark = pytest.mark.optional("MPI")


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_ranks_end_with_a_kernel_that_is_killed(fresh, tmp_path):
    said = fresh.run("%%mpiexec -n 1")
    if "libopenmpi-dev" in said.traceback():
        pytest.skip(said.traceback())
    fresh.submit(
        "%%mpiexec -n 2\n"
        "world := mpi.World()\n"
        f'os.WriteFile(fmt.Sprint("{tmp_path}/", world.Rank()), []byte(fmt.Sprintln(os.Getpid())), 0o644)\n'
        "for {}"
    )
    files = [tmp_path / "0", tmp_path / "1"]
    eventually(lambda: all(f.exists() and f.read_text().endswith("\n") for f in files), "two ranks")
    ranks = [int(f.read_text()) for f in files]
    assert all(map(alive, ranks))
    psutil.Process(fresh.manager.provisioner.pid).kill()
    eventually(lambda: not any(map(alive, ranks)), "ranks without a kernel")
