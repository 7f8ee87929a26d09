"""What make install left behind."""

import os
import subprocess
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from session import KERNEL

ROOT = Path(__file__).parent.parent
BINARY = ROOT / "bin" / "warren"


def test_jupyter_finds_the_kernel():
    spec = KernelSpecManager().get_kernel_spec(KERNEL)
    assert (spec.display_name, spec.language, spec.interrupt_mode) == ("Go (Warren)", "go", "message")
    assert os.access(spec.argv[0], os.X_OK) and os.path.isabs(spec.argv[0])
    assert {p.name for p in Path(spec.resource_dir).glob("logo-*")} == {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}


def test_doctor_misses_nothing_that_is_required():
    ran = subprocess.run([BINARY, "doctor"], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout
    lines = dict(line.split("  ", 1) for line in ran.stdout.splitlines())
    assert {"Go", "C compiler", "Jupyter", "Linker", "gopls", "OpenBLAS", "OpenCL", "MPI"} == lines.keys()


def test_preparing_again_has_nothing_to_do():
    ran = subprocess.run([ROOT / "install" / "prepare.sh", "test"], capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
