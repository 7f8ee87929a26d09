package opencl

import (
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"time"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// block is a piece of a device's memory.
type block struct {
	memory driver.Memory
	size   int
	last   *Event // that used it; guarded by Context.commands
}

// MemoryUse says how much of a device's memory a context has, in bytes.
type MemoryUse struct {
	Buffers   int   // that are in use
	InUse     int64 // what they hold
	Pooled    int64 // what is kept for the next buffers
	Peak      int64 // the most that was in use at once
	Allocated int   // how often the driver was asked for memory
	Reused    int   // how often it came from the pool
}

func (m MemoryUse) String() string {
	return fmt.Sprintf("%d buffers with %s in use (at most %s so far), %s in the pool; %d allocations, %d from the pool",
		m.Buffers, byteCount(m.InUse), byteCount(m.Peak), byteCount(m.Pooled), m.Allocated, m.Reused)
}

const (
	collectFrom = 256 << 20 // bytes in use below which the garbage collector is left alone
	mostPooled  = 256 << 20 // bytes that a pool keeps on a device which shares the computer's memory
)

// memory gives out the memory of a device, keeps what comes back for the next buffers, and has the garbage collector run
// when much is in use: the collector does not see it by itself.
type memory struct {
	driver driver.Context
	device driver.DeviceInfo

	mu      sync.Mutex
	free    map[int][]*block // by size
	use     MemoryUse
	collect int64 // bytes in use from which the garbage collector is to run
	closed  bool
}

func newMemory(c driver.Context, device driver.DeviceInfo) *memory {
	return &memory{driver: c, device: device, free: map[int][]*block{}, collect: collectFrom}
}

// sizeClass rounds up so that sizes a little different share blocks: up to one eighth more, and never less than 256 bytes.
func sizeClass(n int) int {
	const least = 256
	if n <= least {
		return least
	}
	step := 1 << max(0, bits.Len(uint(n-1))-4)
	return (n + step - 1) &^ (step - 1)
}

// allocate gives a block of at least n bytes.
func (m *memory) allocate(n int) (*block, error) {
	size := sizeClass(n)
	if int64(size) > m.device.MaxAllocation {
		size = n
	}
	if m.shouldCollect(int64(size)) {
		collectGarbage()
		m.mu.Lock()
		m.collect = max(collectFrom, 2*m.use.InUse)
		m.mu.Unlock()
	}
	b, err := m.take(size)
	if err != nil && !errors.Is(err, ErrClosed) {
		m.reclaim()
		b, err = m.take(size)
	}
	return b, err
}

// shouldCollect tells whether n more bytes are so much that the garbage collector may find some to give up.
func (m *memory) shouldCollect(n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	limit := min(m.collect, m.device.GlobalMemory)
	return len(m.free[int(n)]) == 0 && m.use.InUse > 0 && m.use.InUse+n > limit
}

// take gives a block from the pool, or else from the driver.
func (m *memory) take(size int) (*block, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fmt.Errorf("the context %w", ErrClosed)
	}
	b := m.pooled(size)
	if b == nil {
		made, err := m.driver.Allocate(size)
		if err != nil {
			return nil, err
		}
		b = &block{memory: made, size: size}
		m.use.Allocated++
	}
	m.use.Buffers++
	m.use.InUse += int64(size)
	m.use.Peak = max(m.use.Peak, m.use.InUse)
	return b, nil
}

// pooled takes a block out of the pool; nil where none fits.
func (m *memory) pooled(size int) *block {
	fit := m.free[size]
	if len(fit) == 0 {
		return nil
	}
	b := fit[len(fit)-1]
	m.free[size] = fit[:len(fit)-1]
	m.use.Pooled -= int64(size)
	m.use.Reused++
	return b
}

// giveBack takes a block that no buffer uses any more.
func (m *memory) giveBack(b *block) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.use.Buffers--
	m.use.InUse -= int64(b.size)
	if m.closed || m.use.Pooled+int64(b.size) > m.poolLimit() {
		b.memory.Release()
		return
	}
	m.free[b.size] = append(m.free[b.size], b)
	m.use.Pooled += int64(b.size)
}

// poolLimit is how many bytes are kept.
func (m *memory) poolLimit() int64 {
	if m.device.Unified {
		return min(mostPooled, m.device.GlobalMemory/8)
	}
	return m.device.GlobalMemory / 2
}

// trim gives all that is kept back to the driver.
func (m *memory) trim() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, blocks := range m.free {
		for _, b := range blocks {
			b.memory.Release()
		}
	}
	clear(m.free)
	m.use.Pooled = 0
}

// reclaim gives up all memory that no buffer in reach uses.
func (m *memory) reclaim() {
	collectGarbage()
	m.trim()
}

func (m *memory) close() {
	m.trim()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}

func (m *memory) figures() MemoryUse {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.use
}

// collectGarbage runs the garbage collector and waits until the clean-up of what it found is done, or nearly so.
func collectGarbage() {
	cleaned := make(chan struct{})
	// The collector cleans up in about the order of addresses, several things at once; what this one leaves behind takes
	// microseconds.
	runtime.AddCleanup(&struct{ _ [64]byte }{}, func(c chan struct{}) { close(c) }, cleaned)
	runtime.GC()
	select {
	case <-cleaned:
	case <-time.After(100 * time.Millisecond):
	}
	time.Sleep(time.Millisecond)
}

// Memory tells how much of the device's memory the context has.
func (c *Context) Memory() MemoryUse { return c.memory.figures() }

// TrimPool gives the memory of closed buffers, which is kept for the next ones, back to the driver.
func (c *Context) TrimPool() { c.memory.trim() }
