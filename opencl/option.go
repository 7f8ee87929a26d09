package opencl

import (
	"fmt"
	"strings"
)

// Option says how something is done with arrays. Which options a function takes is said there.
type Option interface{ set(*options) }

// options are those of one call.
type options struct {
	context *Context
	queue   *Queue
	into    any   // an *Array
	over    *Over // the indices
	after   []*Event
	keyBits int
	given   []string // names of the options
}

// Place is where something is done: a context, or one of its queues.
type Place struct {
	context *Context
	queue   *Queue
}

// On names the context or the queue that something is done on. Without it, it is the queue of the first array, or the default
// context's own.
func On[P *Context | *Queue](where P) Place {
	switch where := any(where).(type) {
	case *Queue:
		if where != nil {
			return Place{where.context, where}
		}
	case *Context:
		if where != nil {
			return Place{where, where.queue}
		}
	}
	return Place{}
}

func (p Place) set(o *options) {
	o.context, o.queue = p.context, p.queue
	o.given = append(o.given, "On")
}

// orDefault is the place's queue, or that of the default context.
func (p Place) orDefault() (*Queue, error) {
	if p.queue != nil {
		return p.queue, nil
	}
	c, err := Default()
	if err != nil {
		return nil, err
	}
	return c.queue, nil
}

type into struct{ array any }

func (i into) set(o *options) {
	o.into = i.array
	o.given = append(o.given, "Into")
}

// Into has the result written to an array that there is already, which is also what is returned. It may be the same array, or
// the same view of it, as one that is read.
func Into[T any](z *Array[T]) Option { return into{z} }

// Over are the indices i = Start, Start+Step, Start+2*Step … before Stop for which a kernel is run, or a reduction done. Step
// may be negative, and Stop then be -1, which comes behind index 0.
type Over struct{ Start, Stop, Step int }

func (v Over) set(o *options) {
	o.over = &v
	o.given = append(o.given, "Over")
}

func (v Over) String() string { return fmt.Sprintf("Over{%d, %d, %d}", v.Start, v.Stop, v.Step) }

// count is how many indices there are.
func (v Over) count() int {
	switch {
	case v.Step > 0 && v.Stop > v.Start:
		return (v.Stop-v.Start-1)/v.Step + 1
	case v.Step < 0 && v.Stop < v.Start:
		return int((uint(v.Start-v.Stop)-1)/uint(-v.Step)) + 1
	}
	return 0
}

// check says what is wrong with the indices for n elements.
func (v Over) check(n int) error {
	if v.Step == 0 {
		return fmt.Errorf("%v: the step is 0", v)
	}
	if v.Start < -1 || v.Stop < -1 || v.Start > n || v.Stop > n {
		return fmt.Errorf("%v reaches out of %d elements", v, n)
	}
	count := v.count()
	if count == 0 {
		return nil
	}
	if last := v.Start + (count-1)*v.Step; min(v.Start, last) < 0 || max(v.Start, last) >= n {
		return fmt.Errorf("%v reaches out of %d elements: index %d", v, n, v.Start)
	}
	return nil
}

type waitFor struct{ events []*Event }

func (w waitFor) set(o *options) {
	o.after = append(o.after, w.events...)
	o.given = append(o.given, "WaitFor")
}

// WaitFor has something begin only when these events of the same context have ended. What uses the same memory waits by
// itself; this is for other reasons.
func WaitFor(events ...*Event) Option { return waitFor{events} }

type keyBits int

func (b keyBits) set(o *options) {
	o.keyBits = int(b)
	o.given = append(o.given, "KeyBits")
}

// KeyBits says that unsigned numbers that are to be sorted are below 1<<n, which saves work. Bits above are not looked at.
func KeyBits(n int) Option { return keyBits(n) }

// readOptions takes the options of a call. Those that are not among the allowed ones are an error.
func readOptions(op string, given []Option, allowed ...string) (options, error) {
	var o options
	for _, g := range given {
		if g == nil {
			return o, refused(op, "a nil option")
		}
		g.set(&o)
	}
	for _, name := range o.given {
		if !strings.Contains(" "+strings.Join(allowed, " ")+" ", " "+name+" ") {
			return o, refused(op, "%s is no option here; there are %s", name, strings.Join(allowed, ", "))
		}
	}
	return o, nil
}

// place is the queue to be used: the named one, or that of an array.
func (o options) on(q *Queue) *Queue {
	if o.queue != nil {
		return o.queue
	}
	return q
}

// wait has the queue wait for the events that were given.
func (o options) wait(q *Queue) error {
	if len(o.after) == 0 {
		return nil
	}
	_, err := q.After(o.after...)
	return err
}
