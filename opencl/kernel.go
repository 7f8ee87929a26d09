package opencl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// Kernel is a function of a program that runs on a device. Several goroutines can launch it.
type Kernel struct {
	program    *Program
	driver     driver.Kernel
	info       driver.KernelInfo
	parameters []Parameter
}

// Name is the kernel's name.
func (k *Kernel) Name() string { return k.info.Name }

// Program is the program that the kernel belongs to.
func (k *Kernel) Program() *Program { return k.program }

// Parameters lists the kernel's parameters.
func (k *Kernel) Parameters() []Parameter { return slices.Clone(k.parameters) }

// MaxWorkGroup is how many work-items a work-group of the kernel can have on the context's device.
func (k *Kernel) MaxWorkGroup() int { return k.info.MaxWorkGroup }

// PreferredMultiple is the number of work-items that the device runs in step; sizes of work-groups that are multiples of it
// run best.
func (k *Kernel) PreferredMultiple() int { return k.info.Multiple }

// LocalMemory is how many bytes of local memory the kernel declares itself; arguments come on top.
func (k *Kernel) LocalMemory() int64 { return k.info.LocalMemory }

// PrivateMemory is how many bytes each work-item has to itself, where the device tells.
func (k *Kernel) PrivateMemory() int64 { return k.info.PrivateMemory }

// String is the kernel's declaration.
func (k *Kernel) String() string {
	return fmt.Sprintf("__kernel void %s(%s)", k.Name(), parameterList(k.parameters))
}

// Launch runs the kernel for each work-item of a range. It returns when the kernel was given to the queue; the queue nil
// means the context's own. Arguments are, by the type of their parameters:
//
//   - for pointers to __global and __constant memory, a *[Buffer] of such elements, or an array;
//   - for pointers to __local memory, a [LocalMemory], as Local[float32](256);
//   - for numbers, a number of the same size and kind. An int may stand for all numbers that hold its value, and a float64
//     for a float, because that is what constants are;
//   - for vectors, as float4, an array, as [4]float32; for structs, a struct.
//
// A range without work-items does nothing.
func (k *Kernel) Launch(q *Queue, r Range, args ...any) (*Event, error) {
	op := "Kernel.Launch: " + k.Name()
	c := k.program.context
	if q == nil {
		q = c.queue
	}
	if q.context != c {
		return nil, refused(op, "kernel and queue belong to different contexts (%s, %s)", c.device, q.context.device)
	}
	a, err := newArguments(c, k.parameters, args)
	if err != nil {
		return nil, failed(op, err)
	}
	return k.submit(op, q, r, a)
}

// submit launches the kernel with arguments that were checked.
func (k *Kernel) submit(op string, q *Queue, r Range, a *arguments) (*Event, error) {
	r, err := k.fit(r, a.local)
	if err != nil {
		return nil, failed(op, err)
	}
	if r.empty() {
		return &Event{queue: q, what: op}, nil
	}
	return q.give(task{op: op, kind: KernelCommand, name: k.Name(), items: r.String()}, a.buffers, func(after []driver.Event) (driver.Event, error) {
		if k.program.closed {
			return nil, fmt.Errorf("the program %w", ErrClosed)
		}
		for i, s := range a.buffers {
			a.values[a.at[i]] = driver.Argument{Memory: s.block.memory}
		}
		return q.watch(k, r, func() (driver.Event, error) {
			return q.driver.Launch(k.driver, a.values, driver.Range(r), after)
		})
	})
}

// fit checks a range, and the local memory that comes with it, against what kernel and device allow. Where the kernel asks
// for one size of work-groups and the range for none, it gets that.
func (k *Kernel) fit(r Range, local int64) (Range, error) {
	if required := k.required(); required != nil && r.Local == nil && len(r.Global) <= 3 {
		r.Local = required[:len(r.Global)]
	}
	if err := r.check(); err != nil {
		return r, err
	}
	d := k.program.context.device
	if has := d.LocalMemory(); k.info.LocalMemory+local > has {
		return r, fmt.Errorf("%d bytes of local memory (%d in the kernel, %d by arguments); %s has %d for a work-group",
			k.info.LocalMemory+local, k.info.LocalMemory, local, d.Name(), has)
	}
	if r.Local == nil {
		return r, nil
	}
	if size := r.groupSize(); size > k.info.MaxWorkGroup {
		return r, fmt.Errorf("work-groups of %s = %d work-items; the kernel allows %d on %s", product(r.Local), size, k.info.MaxWorkGroup, d.Name())
	}
	for i, n := range r.Local {
		if most := d.info.MaxWorkItems; i < len(most) && n > most[i] {
			return r, fmt.Errorf("work-groups of %d in dimension %d; %s allows %d", n, i, d.Name(), most[i])
		}
	}
	if required := k.required(); required != nil && !slices.Equal(pad(r.Local), required) {
		return r, fmt.Errorf("work-groups of %v; the kernel asks for %v by reqd_work_group_size", r.Local, required)
	}
	return r, nil
}

// required is the size of work-groups that the kernel asks for, in three dimensions; nil where it takes any.
func (k *Kernel) required() []int {
	if k.info.RequiredGroup[0] == 0 {
		return nil
	}
	return k.info.RequiredGroup[:]
}

// pad gives sizes in three dimensions.
func pad(n []int) []int {
	full := []int{1, 1, 1}
	copy(full, n)
	return full
}

func product(n []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(n), "[]"), " ", " × ")
}
