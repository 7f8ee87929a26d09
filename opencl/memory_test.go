package opencl

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// fakeMemory is a driver's context with so many bytes of memory.
type fakeMemory struct {
	driver.Context
	mu          sync.Mutex
	left        int
	allocations int
}

type fakeBlock struct {
	of   *fakeMemory
	size int
}

func (m *fakeMemory) Allocate(bytes int) (driver.Memory, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if bytes > m.left {
		return nil, driver.AllocationFailed
	}
	m.left -= bytes
	m.allocations++
	return &fakeBlock{m, bytes}, nil
}

func (b *fakeBlock) Release() {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.of.left += b.size
	b.size = 0
}

// fakeContext is a context with nothing but memory.
func fakeContext(bytes int) (*Context, *fakeMemory) {
	m := &fakeMemory{left: bytes}
	info := driver.DeviceInfo{Name: "fake", GlobalMemory: int64(bytes), MaxAllocation: int64(bytes)}
	c := &Context{device: &Device{info: info}, driver: m, memory: newMemory(m, info)}
	c.queue = &Queue{context: c}
	return c, m
}

func TestSizeClassesWasteLittle(t *testing.T) {
	for n := 1; n < 1<<20; n += 1 + n/50 {
		size := sizeClass(n)
		if size < n || size > max(256, n+n/8) || sizeClass(size) != size {
			t.Errorf("%d bytes get %d", n, size)
		}
	}
}

// A device is nearly full; buffers that nobody refers to any more make room, without a Close.
func TestDroppedBuffersComeBack(t *testing.T) {
	c, device := fakeContext(1 << 20)
	for range 1000 {
		if _, err := NewBuffer[byte](c, 100_000); err != nil {
			t.Fatal(err)
		}
	}
	if device.allocations > 1000 {
		t.Errorf("%d allocations", device.allocations)
	}
	c.memory.reclaim()
	if use := c.Memory(); use.Buffers != 0 || use.InUse != 0 || use.Pooled != 0 || device.left != 1<<20 {
		t.Errorf("%v; the device has %d bytes left", use, device.left)
	}
}

func TestDroppedBuffersComeBackFromTheDriver(t *testing.T) {
	c := newContext(t)
	for range 5000 {
		b, err := NewBuffer[float32](c, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Write([]float32{1}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if use := c.Memory(); use.Peak > 2*collectFrom {
		t.Errorf("20 GB in buffers of which one was in use at a time: %v", use)
	}
}

// Buffers in use are never taken away, however full the device is.
func TestAFullDeviceSaysSo(t *testing.T) {
	c, _ := fakeContext(1 << 20)
	var kept []*Buffer[byte]
	var err error
	for err == nil {
		var b *Buffer[byte]
		if b, err = NewBuffer[byte](c, 200_000); err == nil {
			kept = append(kept, b)
		}
	}
	var e *Error
	if !errors.As(err, &e) || e.Name != "CL_MEM_OBJECT_ALLOCATION_FAILURE" || !strings.Contains(err.Error(), "NewBuffer: 200000 elements of type uint8 (195.3 KiB)") {
		t.Error(err)
	}
	if len(kept) < 4 {
		t.Errorf("full after %d buffers", len(kept))
	}
	runtime.KeepAlive(kept)
}

func TestClosedBuffersAreUsedAgain(t *testing.T) {
	c, device := fakeContext(1 << 20)
	for range 100 {
		b, err := NewBuffer[float64](c, 1000)
		if err != nil {
			t.Fatal(err)
		}
		b.Close()
		b.Close()
	}
	use := c.Memory()
	if device.allocations != 1 || use.Allocated != 1 || use.Reused != 99 || use.InUse != 0 || use.Pooled != 8192 || use.Peak != 8192 {
		t.Errorf("%+v", use)
	}
	c.TrimPool()
	if use := c.Memory(); use.Pooled != 0 || device.left != 1<<20 {
		t.Errorf("%+v", use)
	}
	if text := use.String(); text != "0 buffers with 0 B in use (at most 8 KiB so far), 8 KiB in the pool; 1 allocations, 99 from the pool" {
		t.Error(text)
	}
}

func TestThePoolKeepsNoMoreThanItsLimit(t *testing.T) {
	c, device := fakeContext(1 << 20)
	a, err := NewBuffer[byte](c, 400_000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBuffer[byte](c, 400_000)
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	if use := c.Memory(); use.Pooled > 1<<19 || device.left < 1<<19 {
		t.Errorf("%v", use)
	}
}

// What a closed context has given out goes straight back when its buffers are closed.
func TestBuffersOutliveTheirContext(t *testing.T) {
	c, device := fakeContext(1 << 20)
	b, err := NewBuffer[byte](c, 1000)
	if err != nil {
		t.Fatal(err)
	}
	c.memory.close()
	if err := b.Close(); err != nil || device.left != 1<<20 {
		t.Error(device.left, err)
	}
	if _, err := NewBuffer[byte](c, 1000); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestMemoryIsSafeForManyGoroutines(t *testing.T) {
	c, device := fakeContext(1 << 20)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 500 {
				b, err := NewBuffer[byte](c, 1000*(i%7))
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 > 0 {
					b.Close()
				}
			}
		})
	}
	group.Wait()
	c.memory.reclaim()
	if use := c.Memory(); use.Buffers != 0 || device.left != 1<<20 {
		t.Errorf("%v; %d left", use, device.left)
	}
}
