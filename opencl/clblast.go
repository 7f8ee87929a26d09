package opencl

import (
	"runtime"
	"sync"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// clblastFile is the library with the version of its interface that package driver knows.
const clblastFile = "libclblast.so.1"

// library opens CLBlast when it is first asked for.
var library = sync.OnceValues(func() (*driver.CLBlast, error) { return driver.OpenCLBlast(clblastFile) })

func (p multiplication[T]) clblast() (*Event, error) {
	l, err := library()
	if err != nil {
		return nil, err
	}
	a, b, c := p.a.numbers, p.b.numbers, p.c.numbers
	q := p.context.queue
	e, err := q.submit("CLBlast", []*storage{&a.storage, &b.storage, &c.storage}, func(after []driver.Event) (driver.Event, error) {
		return l.Multiply(q.driver, driver.Product{
			Double: is64[T](), M: p.m, N: p.n, K: p.k,
			A: a.block.memory, B: b.block.memory, C: c.block.memory,
			TransposedA: p.a.transposed, TransposedB: p.b.transposed,
		}, after)
	})
	runtime.KeepAlive(p)
	return e, err
}
