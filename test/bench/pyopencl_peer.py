"""The side of pyopencl and NumPy in "make bench-opencl": pyopencl_peer.py DEVICE WORK [ARGUMENT...].

DEVICE is platform:device, or numpy. See contest.py for how it is asked. All numbers are float32.
"""

from __future__ import annotations

import sys

import numpy as np

from contest import take_part
from numpy_peer import repeated


def vectors(n: str) -> tuple[np.ndarray, np.ndarray]:
    return np.full(int(n), 0.5, np.float32), np.full(int(n), 0.25, np.float32)


class NumPy:
    """The works without a device."""

    def __init__(self):
        self.uses = f"NumPy {np.__version__}"

    def dot(self, n: str):
        x, y = vectors(n)
        return lambda: np.dot(x, y)

    def sum(self, n: str):
        x, _ = vectors(n)
        return lambda: np.sum(x)

    def linear(self, n: str):
        x, y = vectors(n)
        two, three = np.float32(2), np.float32(3)
        return lambda: two * x + three * y

    def scan(self, n: str):
        x = np.ones(int(n), np.float32)
        z = np.empty_like(x)
        return lambda: np.cumsum(x, out=z)

    def write(self, n: str):
        x, y = vectors(n)
        return lambda: np.copyto(y, x)

    read = write

    def matmul(self, n: str):
        rng = np.random.default_rng(1)
        a, b = (rng.random((int(n), int(n)), np.float32) for _ in range(2))
        c = np.empty_like(a)
        return lambda: np.matmul(a, b, out=c)


class PyOpenCL:
    """The works on a device, by pyopencl's own generators of kernels and its arrays."""

    def __init__(self, device: str):
        import pyopencl as cl
        import pyopencl.array  # noqa: F401, so that cl.array is there

        self.cl = cl
        platform, number = map(int, device.split(":"))
        chosen = cl.get_platforms()[platform].get_devices()[number]
        self.context = cl.Context([chosen])
        self.queue = cl.CommandQueue(self.context)
        self.uses = f"pyopencl {cl.VERSION_TEXT} on {chosen.name}"

    def vectors(self, n: str):
        return tuple(self.cl.array.to_device(self.queue, x) for x in vectors(n))

    def reduction(self, mapping: str, arguments: str):
        from pyopencl.reduction import ReductionKernel

        return ReductionKernel(self.context, np.float32, neutral="0", reduce_expr="a+b", map_expr=mapping, arguments=arguments)

    def dot(self, n: str):
        x, y = self.vectors(n)
        dot = self.reduction("x[i]*y[i]", "__global const float *x, __global const float *y")
        return lambda: dot(x, y).get()

    def sum(self, n: str):
        x, _ = self.vectors(n)
        total = self.reduction("x[i]", "__global const float *x")
        return lambda: total(x).get()

    def linear(self, n: str):
        from pyopencl.elementwise import ElementwiseKernel

        x, y = self.vectors(n)
        z = self.cl.array.empty_like(x)
        linear = ElementwiseKernel(self.context, "float *x, float *y, float *z", "z[i] = 2*x[i] + 3*y[i]", "linear")
        return lambda: linear(x, y, z).wait()

    def scan(self, n: str):
        from pyopencl.scan import InclusiveScanKernel

        x = self.cl.array.to_device(self.queue, np.ones(int(n), np.float32))
        z = self.cl.array.empty_like(x)
        scan = InclusiveScanKernel(self.context, np.float32, "a+b", neutral="0")
        return lambda: (scan(x, z), self.queue.finish())

    def write(self, n: str):
        x, _ = vectors(n)
        there = self.cl.array.empty(self.queue, x.shape, x.dtype)
        return lambda: there.set(x)

    def read(self, n: str):
        x, _ = self.vectors(n)
        here = np.empty(int(n), np.float32)
        return lambda: x.get(ary=here)


def main() -> None:
    device, work, n, *times = sys.argv[1:]
    side = NumPy() if device == "numpy" else PyOpenCL(device)
    take_part(repeated(getattr(side, work)(n), *times or ["1"]), side.uses)


if __name__ == "__main__":
    main()
