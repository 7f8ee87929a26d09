package opencl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CommandKind says what a command does.
type CommandKind int

// Kinds of commands.
const (
	KernelCommand  CommandKind = iota
	WriteCommand               // from Go's memory to the device's
	ReadCommand                // from the device's memory to Go's
	CopyCommand                // within the device's memory
	FillCommand                // of the device's memory
	BarrierCommand             // waits
)

func (k CommandKind) String() string {
	return [...]string{"kernel", "write", "read", "copy", "fill", "barrier"}[k]
}

// Work is what a command is to do at least, as its author counts it: bytes read and written in the device's memory, and
// operations on floating-point numbers.
type Work struct{ Bytes, Flops int64 }

// SetWork tells a profile how much a kernel did, so that it can give GB/s and GFLOPS. It returns e.
func (e *Event) SetWork(w Work) *Event {
	e.queue.context.commands.Lock()
	defer e.queue.context.commands.Unlock()
	e.work = w
	return e
}

// Command is a command of a profile. Its times are counted from the beginning of the profile.
type Command struct {
	Kind  CommandKind
	Name  string // the kernel's, or else the kind's
	Range string // of work-items, of a kernel
	Queue int    // queues are numbered as they appear
	Work  Work
	Times
}

// Trace is what Profile saw. It shows itself as a table and a timeline.
type Trace struct {
	Commands []Command
	Total    time.Duration // until all had ended
	Lost     int           // commands that were not kept, as there were too many
	Device   *Device       // of the first context

	Bandwidth float64 // of the device's memory in GB/s, as Device.Bandwidth measures it; 0 where no command needs it
	Peak      float64 // of the device in GFLOPS, as Device.Peak measures it; 0 where no command needs it
}

// mostCommands is how many commands a profile keeps.
const mostCommands = 100_000

// recorder keeps the commands that are given while a profile runs.
type recorder struct {
	begin  time.Time
	events []recorded
	lost   int
}

// recorded is a command with the time at which it was given, from the profile's beginning on.
type recorded struct {
	event *Event
	given time.Duration
}

// record tells the running profiles of a command. The caller holds commands.
func (c *Context) record(e *Event) {
	for _, r := range c.recorders {
		if len(r.events) == mostCommands {
			r.lost++
			continue
		}
		r.events = append(r.events, recorded{e, time.Since(r.begin)})
	}
}

// Profile calls f and tells what the device did meanwhile: each command that was given to a queue of the contexts, or of the
// default context where none is named. It waits for these commands to end. It returns the error of f beside the trace.
func Profile(f func() error, contexts ...*Context) (*Trace, error) {
	const op = "Profile"
	if f == nil {
		return nil, refused(op, "the function is nil")
	}
	if len(contexts) == 0 {
		contexts = []*Context{nil}
	}
	contexts = slices.Clone(contexts)
	for i := range contexts {
		var err error
		if contexts[i], err = contexts[i].orDefault(); err != nil {
			return nil, err
		}
	}
	r := &recorder{begin: time.Now()}
	err := r.watch(contexts, f)
	t, failure := r.trace(contexts[0].device)
	return t, errors.Join(err, failure)
}

// watch calls f while the contexts tell of their commands.
func (r *recorder) watch(contexts []*Context, f func() error) error {
	for _, c := range contexts {
		c.commands.Lock()
		if !slices.Contains(c.recorders, r) {
			c.recorders = append(c.recorders, r)
		}
		c.commands.Unlock()
	}
	defer func() {
		for _, c := range contexts {
			c.commands.Lock()
			c.recorders = slices.DeleteFunc(c.recorders, func(other *recorder) bool { return other == r })
			c.commands.Unlock()
		}
	}()
	return f()
}

// trace waits for the commands and gives them. A command that failed is an error, and not in the trace.
func (r *recorder) trace(d *Device) (*Trace, error) {
	t := &Trace{Lost: r.lost, Device: d}
	var failures error
	clocks := map[*Device]time.Duration{} // from the device's clock to ours
	queues := map[*Queue]int{}
	for _, seen := range r.events {
		q := seen.event.queue
		times, err := seen.event.Times()
		if err != nil {
			failures = cmp.Or(failures, err)
			continue
		}
		if _, ok := clocks[q.context.device]; !ok {
			clocks[q.context.device] = seen.given - times.Queued
		}
		if _, ok := queues[q]; !ok {
			queues[q] = len(queues)
		}
		t.Commands = append(t.Commands, seen.event.command(queues[q], times.plus(clocks[q.context.device])))
	}
	t.Total = time.Since(r.begin)
	return t, cmp.Or(failures, t.measure())
}

// command describes the event in a profile.
func (e *Event) command(queue int, times Times) Command {
	e.queue.context.commands.Lock()
	defer e.queue.context.commands.Unlock()
	c := Command{Kind: e.task.kind, Name: cmp.Or(e.task.name, e.task.kind.String()), Range: e.task.items, Queue: queue, Work: e.work, Times: times}
	c.Work.Bytes = cmp.Or(c.Work.Bytes, e.task.bytes)
	return c
}

func (t Times) plus(d time.Duration) Times {
	return Times{Queued: t.Queued + d, Submitted: t.Submitted + d, Started: t.Started + d, Ended: t.Ended + d}
}

// measure finds the ceilings that the commands are compared with.
func (t *Trace) measure() (err error) {
	for _, c := range t.Commands {
		if c.Kind != KernelCommand {
			continue
		}
		if c.Work.Bytes > 0 && t.Bandwidth == 0 && err == nil {
			t.Bandwidth, err = t.Device.Bandwidth()
		}
		if c.Work.Flops > 0 && t.Peak == 0 && err == nil {
			t.Peak, err = t.Device.Peak()
		}
	}
	return err
}

// Summary is all commands of a kind and name.
type Summary struct {
	Kind     CommandKind
	Name     string
	Count    int
	Elapsed  time.Duration // of the device, in all
	Shortest time.Duration
	Waited   time.Duration // from the time at which they were given to their start, in all
	Work     Work
}

// Mean is the mean time of a command.
func (s Summary) Mean() time.Duration { return s.Elapsed / time.Duration(max(1, s.Count)) }

// Bandwidth is in GB/s; 0 where the work is not known.
func (s Summary) Bandwidth() float64 { return perNanosecond(s.Work.Bytes, s.Elapsed) }

// FLOPS is in GFLOPS; 0 where the work is not known.
func (s Summary) FLOPS() float64 { return perNanosecond(s.Work.Flops, s.Elapsed) }

func perNanosecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / float64(d.Nanoseconds())
}

// Summaries adds up the commands by kind and name, those that took longest first.
func (t *Trace) Summaries() []Summary {
	type key struct {
		kind CommandKind
		name string
	}
	at := map[key]int{}
	var all []Summary
	for _, c := range t.Commands {
		k := key{c.Kind, c.Name}
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k] = i
			all = append(all, Summary{Kind: c.Kind, Name: c.Name, Shortest: c.Elapsed()})
		}
		all[i].add(c)
	}
	slices.SortStableFunc(all, func(a, b Summary) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	return all
}

func (s *Summary) add(c Command) {
	s.Count++
	s.Elapsed += c.Elapsed()
	s.Shortest = min(s.Shortest, c.Elapsed())
	s.Waited += c.Started - c.Queued
	s.Work.Bytes += c.Work.Bytes
	s.Work.Flops += c.Work.Flops
}

// summary is what the trace comes to, in words.
func (t *Trace) summary() string {
	if len(t.Commands) == 0 {
		return "No command was given to the device."
	}
	var busy, moving time.Duration
	for _, s := range t.Summaries() {
		busy += s.Elapsed
		if s.Kind == WriteCommand || s.Kind == ReadCommand {
			moving += s.Elapsed
		}
	}
	text := fmt.Sprintf("%d commands on %s in %v: it worked %.0f%% of the time, %.0f%% of that on transfers.",
		len(t.Commands), t.Device.Name(), t.Total.Round(time.Microsecond), percent(busy, t.Total), percent(moving, busy))
	if t.Bandwidth > 0 {
		text += fmt.Sprintf(" Its memory gives %.3g GB/s.", t.Bandwidth)
	}
	if t.Peak > 0 {
		text += fmt.Sprintf(" It computes %.3g GFLOPS in float32 at most.", t.Peak)
	}
	if t.Lost > 0 {
		text += fmt.Sprintf(" %d more commands were not kept.", t.Lost)
	}
	return text
}

func percent(part, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}
