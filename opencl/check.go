package opencl

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/warren-go/warren/opencl/internal/oclgrind"
)

// CheckReport is what the simulation of a launch found.
type CheckReport struct {
	Kernel   string
	Range    Range
	Findings []Finding // the gravest first
}

// FindingKind says what is wrong.
type FindingKind int

// Kinds of findings.
const (
	InvalidAccess      = FindingKind(oclgrind.Access)        // memory was used that is not the kernel's, or at an address that does not fit the type
	BarrierDivergence  = FindingKind(oclgrind.Divergence)    // not all work-items of a group came to a barrier
	DataRace           = FindingKind(oclgrind.Race)          // work-items used the same memory, one of them to write, with no barrier between
	UninitializedValue = FindingKind(oclgrind.Uninitialized) // a value was used that nobody had set
	OtherFinding       = FindingKind(oclgrind.Other)
)

// Finding is something that is wrong at one place of a kernel.
type Finding struct {
	Kind         FindingKind
	Line, Column int // in the source, from 1; 0 is not known
	Message      string
	Text         string // the line of the source
}

func (f Finding) String() string {
	text := f.Message
	if f.Line > 0 {
		text = fmt.Sprintf("%d:%d: %s\n\t%s", f.Line, f.Column, f.Message, f.Text)
	}
	return text
}

// Grave tells whether the kernel must not run: it would use memory that is not its own, or its work-groups would not meet.
func (f Finding) Grave() bool { return f.Kind == InvalidAccess || f.Kind == BarrierDivergence }

func (r *CheckReport) String() string {
	if len(r.Findings) == 0 {
		return fmt.Sprintf("kernel %s over %v: nothing found", r.Kernel, r.Range)
	}
	lines := []string{fmt.Sprintf("kernel %s over %v: %d found", r.Kernel, r.Range, len(r.Findings))}
	for _, f := range r.Findings {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// Err is an error with the whole report if anything grave was found, and else nil.
func (r *CheckReport) Err() error {
	if slices.ContainsFunc(r.Findings, Finding.Grave) {
		return fmt.Errorf("opencl: Kernel.Check: the kernel was not run: %v", r)
	}
	return nil
}

// tell writes what was found, unless it is in the error.
func (r *CheckReport) tell(w io.Writer) error {
	err := r.Err()
	if err == nil && len(r.Findings) > 0 {
		fmt.Fprintln(w, "warning:", r)
	}
	return err
}

// checkTime bounds a simulation: it takes some ten microseconds for each work-item, and more for long ones.
const checkTime = 2 * time.Minute

// Check runs a launch in a simulator, Oclgrind, which sees accesses outside of buffers, data races, barriers that not all
// work-items of a group reach, and the use of values that nobody set. The device does nothing, and buffers keep what they hold.
// A range without work-groups is simulated in ones of at most 64. It fails where Oclgrind is not installed, where the arguments
// do not fit the kernel, and where the simulation takes more than two minutes or 64 MiB of data.
func (k *Kernel) Check(r Range, args ...any) (*CheckReport, error) {
	op := "Kernel.Check: " + k.Name()
	c := k.program.context
	a, err := newArguments(c, k.parameters, args)
	if err != nil {
		return nil, failed(op, err)
	}
	if r, err = k.fit(r, a.local); err != nil {
		return nil, failed(op, err)
	}
	report := &CheckReport{Kernel: k.Name(), Range: r}
	if r.empty() {
		return report, nil
	}
	if slices.ContainsFunc(r.Offset, func(n int) bool { return n != 0 }) {
		return nil, refused(op, "the simulator knows no ranges with an offset, as %v", r)
	}
	l := oclgrind.Launch{
		Source: k.program.source, Options: strings.Join(k.program.options, " "), Kernel: k.Name(),
		Global: [3]int(pad(r.Global)), Local: simulatedGroup(r), LocalMemory: c.device.LocalMemory(), MaxWorkGroup: k.info.MaxWorkGroup,
	}
	if l.Arguments, err = a.simulated(args); err != nil {
		return nil, failed(op, err)
	}
	ctx, stop := context.WithTimeoutCause(context.Background(), checkTime, fmt.Errorf("it takes more than %v: check a smaller range", checkTime))
	defer stop()
	found, err := simulate(ctx, stop, l)
	if err != nil {
		return nil, failed(op, err)
	}
	for _, f := range found {
		report.Findings = append(report.Findings, k.finding(f, args))
	}
	return report, nil
}

// simulate runs the simulator. An interrupt ends it with the wait for it.
func simulate(ctx context.Context, stop func(), l oclgrind.Launch) (found []oclgrind.Finding, err error) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		found, err = oclgrind.Run(ctx, l)
	}()
	defer func() {
		stop()
		<-ended
	}()
	await(ended)
	return found, err
}

// simulatedGroup is the size of work-groups in the simulation.
func simulatedGroup(r Range) [3]int {
	if r.Local != nil {
		return [3]int(pad(r.Local))
	}
	const most = 64
	group := [3]int{1, 1, 1}
	for n := range most {
		if r.Global[0]%(n+1) == 0 {
			group[0] = n + 1
		}
	}
	return group
}

// simulated gives the arguments as bytes.
func (a *arguments) simulated(args []any) ([]oclgrind.Argument, error) {
	simulated := make([]oclgrind.Argument, len(args))
	for i, v := range a.values {
		switch m, isLocal := args[i].(LocalMemory); {
		case isLocal:
			simulated[i].Local = int(m.bytes())
		case v.Value != nil:
			simulated[i].Data = slices.Clone(unsafe.Slice((*byte)(v.Value), v.Size))
		}
	}
	for i, s := range a.buffers {
		data, err := s.bytes()
		if err != nil {
			return nil, err
		}
		simulated[a.at[i]].Data = data
	}
	return simulated, nil
}

// bytes reads what a buffer holds.
func (s *storage) bytes() ([]byte, error) {
	raw := &Buffer[byte]{storage{context: s.context, element: reflect.TypeFor[byte](), count: s.count * int(s.element.Size())}}
	s.context.commands.Lock()
	raw.block = s.block
	s.context.commands.Unlock()
	data := make([]byte, raw.count)
	return data, raw.Read(data, 0)
}

// finding tells a finding in terms of the source and the arguments.
func (k *Kernel) finding(f oclgrind.Finding, args []any) Finding {
	told := Finding{Kind: FindingKind(f.Kind), Line: f.Line, Column: f.Column, Message: f.String()}
	lines := strings.Split(k.program.source, "\n")
	if f.Line >= 1 && f.Line <= len(lines) {
		told.Text = lines[f.Line-1]
	}
	if f.Other.Line > 0 && f.Other != f.Place {
		told.Message += fmt.Sprintf(" (the other in line %d)", f.Other.Line)
	}
	if where := k.place(f, args); where != "" {
		told.Message += ": " + where
	}
	return told
}

// place says which element of an argument a finding is about.
func (k *Kernel) place(f oclgrind.Finding, args []any) string {
	for i, n := 0, 0; i < len(args) && f.Buffer >= 0; i++ {
		m, ok := args[i].(memoryArgument)
		if !ok {
			continue
		}
		if n == f.Buffer {
			s, p := m.memory(), k.parameters[i]
			size := int64(s.element.Size())
			if t, known := p.element(); known {
				size = int64(t.size())
			}
			at := f.Offset / size
			if f.Offset < 0 {
				at = (f.Offset - size + 1) / size
			}
			return fmt.Sprintf("%s[%d], and %s has %d elements", p.Name, at, p.Name, int64(s.count)*int64(s.element.Size())/size)
		}
		n++
	}
	return ""
}
