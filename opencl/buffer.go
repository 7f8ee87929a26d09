package opencl

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// Buffer is memory on a device for a number of elements. T is a type of numbers, an array of them, or a struct of those;
// Go lays them out as C does. (Vectors of OpenCL C are arrays of 2, 4, 8 or 16, except that inside a struct they begin at
// multiples of their size, which Go does not know of.)
type Buffer[T any] struct{ storage }

// storage is a buffer without its type.
type storage struct {
	context *Context
	element reflect.Type
	count   int
	block   *block // nil after Close; guarded by context.commands
	cleanup runtime.Cleanup
}

// memoryArgument is implemented by what can be an argument for a pointer to global memory.
type memoryArgument interface{ memory() *storage }

func (s *storage) memory() *storage { return s }

// NewBuffer makes a buffer of n elements. What is in it is not defined.
func NewBuffer[T any](c *Context, n int) (*Buffer[T], error) {
	const op = "NewBuffer"
	c, err := c.orDefault()
	if err != nil {
		return nil, err
	}
	element := reflect.TypeFor[T]()
	if err := c.checkBuffer(element, n); err != nil {
		return nil, failed(op, err)
	}
	block, err := c.memory.allocate(max(1, n) * int(element.Size())) // a kernel's argument must be memory, if only of one byte
	if err != nil {
		return nil, failed(fmt.Sprintf("%s: %d elements of type %v (%s)", op, n, element, byteCount(int64(n)*int64(element.Size()))), err)
	}
	b := &Buffer[T]{storage{context: c, element: element, count: n, block: block}}
	b.cleanup = runtime.AddCleanup(b, c.memory.giveBack, block)
	return b, nil
}

// newScratch is memory that one call needs, and releases.
func newScratch(op string, c *Context, element reflect.Type, n int) (*storage, error) {
	block, err := c.memory.allocate(max(1, n) * int(element.Size()))
	if err != nil {
		return nil, failed(op, err)
	}
	return &storage{context: c, element: element, count: n, block: block}, nil
}

// release gives up the memory of a storage that has no clean-up.
func (s *storage) release() {
	s.context.commands.Lock()
	defer s.context.commands.Unlock()
	s.context.memory.giveBack(s.block)
}

// checkBuffer says why there can be no buffer of n such elements.
func (c *Context) checkBuffer(element reflect.Type, n int) error {
	if err := checkElement(element); err != nil {
		return err
	}
	size := int64(element.Size())
	most := c.device.MaxAllocation()
	switch {
	case size == 0:
		return fmt.Errorf("elements of type %v have no size", element)
	case n < 0:
		return fmt.Errorf("a buffer of %d elements; it takes 0 or more", n)
	case int64(n) > most/size:
		return fmt.Errorf("%d elements of type %v are %s; the most that %s gives in one piece is %s",
			n, element, byteCount(int64(n)*size), c.device.Name(), byteCount(most))
	}
	return nil
}

// BufferOf makes a buffer with a copy of x.
func BufferOf[T any](c *Context, x []T) (*Buffer[T], error) {
	b, err := NewBuffer[T](c, len(x))
	if err != nil {
		return nil, err
	}
	if err := b.Write(x, 0); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Len is the number of elements.
func (b *Buffer[T]) Len() int { return b.count }

// Context is the context that the buffer belongs to.
func (b *Buffer[T]) Context() *Context { return b.context }

// String says what the buffer is; it does not read it.
func (b *Buffer[T]) String() string {
	if b.context == nil {
		return "opencl.Buffer that was not made"
	}
	return fmt.Sprintf("opencl.Buffer[%v] of %d elements (%s) on %s", b.element, b.count, byteCount(int64(b.count)*int64(b.element.Size())), b.context.device.Name())
}

// Close gives up the memory. Commands that work with it still end well. To Close twice does nothing.
func (b *Buffer[T]) Close() error {
	if b.context == nil {
		return nil
	}
	b.context.commands.Lock()
	defer b.context.commands.Unlock()
	if b.block == nil {
		return nil
	}
	b.cleanup.Stop()
	b.context.memory.giveBack(b.block)
	b.block = nil
	return nil
}

// Write copies x into the buffer, from its element number at on.
func (b *Buffer[T]) Write(x []T, at int) error {
	return b.transfer("Buffer.Write", x, at, hostToDevice)
}

// Read copies elements of the buffer, from number at on, into x, as many as x has.
func (b *Buffer[T]) Read(x []T, at int) error {
	return b.transfer("Buffer.Read", x, at, deviceToHost)
}

// WriteAsync is Write that returns at once. Until the event has ended, x must not be written to. The queue nil means the
// context's own.
func (b *Buffer[T]) WriteAsync(q *Queue, x []T, at int) (*Event, error) {
	return b.transferAsync("Buffer.WriteAsync", q, x, at, hostToDevice)
}

// ReadAsync is Read that returns at once. Until the event has ended, x must not be used. The queue nil means the context's
// own.
func (b *Buffer[T]) ReadAsync(q *Queue, x []T, at int) (*Event, error) {
	return b.transferAsync("Buffer.ReadAsync", q, x, at, deviceToHost)
}

// CopyTo copies n elements, from number from on, to another buffer of the context, to its element number at and on.
func (b *Buffer[T]) CopyTo(to *Buffer[T], at, from, n int) error {
	e, err := b.CopyToAsync(nil, to, at, from, n)
	if err != nil {
		return err
	}
	return e.Wait()
}

// Fill sets all elements to v.
func (b *Buffer[T]) Fill(v T) error {
	e, err := b.FillAsync(nil, v)
	if err != nil {
		return err
	}
	return e.Wait()
}

// direction is that of a transfer between a device's memory and Go's.
type direction struct {
	kind  CommandKind
	start func(q driver.Queue, m driver.Memory, offset, size int, host unsafe.Pointer, after []driver.Event) (driver.Event, error)
}

var (
	hostToDevice = direction{WriteCommand, driver.Queue.Write}
	deviceToHost = direction{ReadCommand, driver.Queue.Read}
)

func (b *Buffer[T]) transfer(op string, x []T, at int, way direction) error {
	e, err := b.begin(op, nil, unsafe.Pointer(unsafe.SliceData(x)), at, len(x), way)
	if err != nil {
		return err
	}
	return e.Wait()
}

func (b *Buffer[T]) transferAsync(op string, q *Queue, x []T, at int, way direction) (*Event, error) {
	e, err := b.begin(op, q, unsafe.Pointer(unsafe.SliceData(x)), at, len(x), way)
	if err == nil {
		e.Done() // waits, if nobody else does
	}
	return e, err
}

// begin starts to copy n elements between the buffer and memory of Go, which is pinned until somebody has waited for the event.
func (s *storage) begin(op string, q *Queue, host unsafe.Pointer, at, n int, way direction) (*Event, error) {
	q, err := s.on(op, q)
	if err != nil {
		return nil, err
	}
	if err := s.within(op, at, n); err != nil || n == 0 {
		return &Event{queue: q, what: op}, err
	}
	var pin runtime.Pinner
	pin.Pin(host)
	size := int(s.element.Size())
	e, err := q.give(task{op: op, kind: way.kind, bytes: int64(n * size)}, []*storage{s}, func(after []driver.Event) (driver.Event, error) {
		return way.start(q.driver, s.block.memory, at*size, n*size, host, after)
	})
	if err != nil {
		pin.Unpin()
		return nil, err
	}
	e.pin = pin
	return e, nil
}

// on is the queue to be used: q, or the context's own.
func (s *storage) on(op string, q *Queue) (*Queue, error) {
	if s.context == nil {
		return nil, refused(op, "the buffer was not made by NewBuffer or the like")
	}
	if q == nil {
		return s.context.queue, nil
	}
	if q.context != s.context {
		return nil, refused(op, "buffer and queue belong to different contexts (%s, %s)", s.context.device, q.context.device)
	}
	return q, nil
}

// within checks that n elements from number at on are in the buffer.
func (s *storage) within(op string, at, n int) error {
	if at < 0 || n < 0 || at > s.count || n > s.count-at {
		return refused(op, "%d elements from number %d on are not in a buffer of %d", n, at, s.count)
	}
	return nil
}

// CopyToAsync is CopyTo that returns at once. The queue nil means the context's own.
func (b *Buffer[T]) CopyToAsync(q *Queue, to *Buffer[T], at, from, n int) (*Event, error) {
	const op = "Buffer.CopyTo"
	q, err := b.on(op, q)
	if err != nil {
		return nil, err
	}
	switch {
	case to == nil:
		return nil, refused(op, "the destination is nil")
	case to.context == nil:
		return nil, refused(op, "the destination was not made by NewBuffer or the like")
	case to.context != b.context:
		return nil, refused(op, "the buffers belong to different contexts (%s, %s): Read and Write", b.context.device, to.context.device)
	case to == b && at < from+n && from < at+n && n > 0:
		return nil, refused(op, "elements %d to %d and %d to %d of one buffer overlap", from, from+n-1, at, at+n-1)
	}
	if err := b.within(op, from, n); err != nil {
		return nil, err
	}
	if err := to.within(op, at, n); err != nil {
		return nil, err
	}
	if n == 0 {
		return &Event{queue: q, what: op}, nil
	}
	size := int(b.element.Size())
	e, err := q.give(task{op: op, kind: CopyCommand, bytes: 2 * int64(n*size)}, []*storage{&b.storage, &to.storage}, func(after []driver.Event) (driver.Event, error) {
		return q.driver.Copy(to.block.memory, b.block.memory, at*size, from*size, n*size, after)
	})
	runtime.KeepAlive(b)
	runtime.KeepAlive(to)
	return e, err
}

// FillAsync is Fill that returns at once. The queue nil means the context's own.
func (b *Buffer[T]) FillAsync(q *Queue, v T) (*Event, error) {
	const op = "Buffer.Fill"
	q, err := b.on(op, q)
	if err != nil {
		return nil, err
	}
	if b.count == 0 {
		return &Event{queue: q, what: op}, nil
	}
	size := int(b.element.Size())
	if size > 128 || size&(size-1) != 0 { // OpenCL fills with patterns of these sizes only
		x := make([]T, b.count)
		for i := range x {
			x[i] = v
		}
		return b.transferAsync(op, q, x, 0, hostToDevice)
	}
	pattern := unsafe.Slice((*byte)(unsafe.Pointer(&v)), size)
	e, err := q.give(task{op: op, kind: FillCommand, bytes: int64(b.count * size)}, []*storage{&b.storage}, func(after []driver.Event) (driver.Event, error) {
		return q.driver.Fill(b.block.memory, pattern, 0, b.count*size, after)
	})
	runtime.KeepAlive(b)
	return e, err
}
