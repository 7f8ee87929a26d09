package opencl

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// Context holds the memory, programs and queues of one device. It can be used by several goroutines.
type Context struct {
	device *Device
	driver driver.Context
	queue  *Queue
	memory *memory

	sources  sources
	commands sync.Mutex // held while a command is given to a queue: kernels keep their arguments, and buffers their last use
	closed   bool       // guarded by commands

	recorders []*recorder // of the profiles that run; guarded by commands

	operations operations // of arrays
}

// standard is the context that Default gives.
var standard struct {
	sync.Mutex
	context *Context
}

// Default gives the context that is meant where a function takes a nil *Context. It is made on first use, for the device
// that the environment variable WARREN_OPENCL names (platform:device, as numbers or parts of names), or else for the best
// one: a GPU before an accelerator before a CPU.
func Default() (*Context, error) {
	standard.Lock()
	defer standard.Unlock()
	if standard.context != nil && !standard.context.isClosed() {
		return standard.context, nil
	}
	d, err := chosen(os.Getenv("WARREN_OPENCL"))
	if err != nil {
		return nil, err
	}
	c, err := NewContext(d)
	if err != nil {
		return nil, err
	}
	standard.context = c
	return c, nil
}

// chosen is the device that a text names, or the best one.
func chosen(text string) (*Device, error) {
	devices, err := Devices()
	if err != nil {
		return nil, err
	}
	if text == "" {
		return devices.best(), nil
	}
	d, err := devices.find(text)
	if err != nil {
		return nil, failed("Default: WARREN_OPENCL", err)
	}
	return d, nil
}

// orDefault is c, or the default context where c is nil.
func (c *Context) orDefault() (*Context, error) {
	if c != nil {
		return c, nil
	}
	return Default()
}

// NewContext makes a context for a device. The device nil means that of the default context.
func NewContext(d *Device) (*Context, error) {
	if d == nil {
		var err error
		if d, err = chosen(os.Getenv("WARREN_OPENCL")); err != nil {
			return nil, err
		}
	}
	made, err := d.driver.NewContext()
	if err != nil {
		return nil, failed("NewContext: "+d.Name(), err)
	}
	c := &Context{device: d, driver: made, memory: newMemory(made, d.info)}
	if c.queue, err = c.NewQueue(); err != nil {
		made.Release()
		return nil, err
	}
	return c, nil
}

// Device is the context's device.
func (c *Context) Device() *Device { return c.device }

// String names the device, and tells what of its memory is used.
func (c *Context) String() string {
	if c == nil {
		return "opencl.Context of the default device"
	}
	return fmt.Sprintf("opencl.Context on %s: %v", c.device.Name(), c.Memory())
}

// Queue is the context's own queue, which everything runs on where no other is named.
func (c *Context) Queue() *Queue { return c.queue }

func (c *Context) isClosed() bool {
	c.commands.Lock()
	defer c.commands.Unlock()
	return c.closed
}

// Close waits for the context's own queue and gives up all that the context holds. Its buffers, programs and queues can be
// used no more. To Close twice does nothing.
func (c *Context) Close() error {
	if err := c.queue.Finish(); errors.Is(err, ErrClosed) {
		return nil
	}
	c.commands.Lock()
	defer c.commands.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	err := c.queue.driver.Finish()
	c.memory.close()
	c.queue.driver.Release()
	c.driver.Release()
	return failed("Context.Close", err)
}
