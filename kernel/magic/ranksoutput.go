package magic

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/relay"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rank"
)

// ranksOutput shows what the ranks of a program print, line by line with the rank before it, and keeps what they say when they fail
// for the cell's error.
type ranksOutput struct {
	out     engine.Output
	engine  *engine.Engine
	ranks   int
	grouped bool

	mu     sync.Mutex
	groups map[int]*keptText // what each rank printed, where that is shown at the end
	last   map[int]*keptText // what each rank that fails says then
	failed []int             // ranks, in the order in which they began to say why they end
	waits  bool              // a rank said what it waits for
}

func newRanksOutput(c *execution, o mpiRun) *ranksOutput {
	return &ranksOutput{out: c.out, engine: c.engine, ranks: o.ranks, grouped: o.grouped, groups: map[int]*keptText{}, last: map[int]*keptText{}}
}

var (
	// failing begins what package mpi, or Go, says of an error or a panic.
	failing = regexp.MustCompile(`^(mpi: rank \d+ of \d+: |panic: |fatal error: |SIG[A-Z]+: |runtime: goroutine stack exceeds)`)
	// waiting begins what package mpi says of a rank that waits for long.
	waiting = regexp.MustCompile(`^mpi: rank \d+ of \d+ waits `)
	// mpiSaid is the beginning of package mpi's own report.
	mpiSaid = regexp.MustCompile(`^mpi: rank \d+ of \d+: (panic: )?`)
)

// receive takes a stream of a rank, to its end.
func (o *ranksOutput) receive(process int, name string, stream io.ReadWriter) {
	if name == rank.Stream {
		rank.Receive(stream, o.show)
		return
	}
	in := bufio.NewReaderSize(stream, longestLine)
	var ready strings.Builder
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			o.line(&ready, process, name, strings.ToValidUTF8(strings.TrimSuffix(string(line), "\n"), "\uFFFD"))
		}
		if !hasLine(in) || ready.Len() > longestLine || err != nil {
			o.print(name, &ready)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// hasLine tells whether there is a line to read without waiting.
func hasLine(in *bufio.Reader) bool {
	buffered, _ := in.Peek(in.Buffered()) // no more than there is, so it is there
	return bytes.IndexByte(buffered, '\n') >= 0
}

const (
	// longestLine is where a line is broken, in bytes.
	longestLine = 64 << 10
	// mostKept is how much of what a rank prints is kept for the end, in bytes.
	mostKept = 16 << 20
)

// keptText is text that is shown at the end: its beginning, if there is too much.
type keptText struct {
	strings.Builder
	more bool
}

func (k *keptText) Write(b []byte) (int, error) {
	if k.more = k.more || k.Len()+len(b) > mostKept; !k.more {
		k.Builder.Write(b)
	}
	return len(b), nil
}

func (k *keptText) String() string {
	if k.more {
		return k.Builder.String() + "…\n"
	}
	return k.Builder.String()
}

func (o *ranksOutput) show(m proto.Message) {
	switch data := m.Data; {
	case m.Kind == proto.Clear:
		o.out.Clear(m.Flag)
	case data == nil:
	case m.Kind == proto.Display:
		o.out.Display(*data)
	case m.Kind == proto.Update:
		o.out.Update(*data)
	case m.Kind == proto.Page:
		o.out.Page(*data)
	}
}

// line adds a line to what is ready to be shown, or to what is shown later.
func (o *ranksOutput) line(ready *strings.Builder, process int, name, text string) {
	text = o.engine.Relabel(text)
	o.mu.Lock()
	defer o.mu.Unlock()
	if name == relay.Stderr {
		if o.last[process] == nil && failing.MatchString(text) {
			o.last[process] = &keptText{}
			o.failed = append(o.failed, process)
		}
		o.waits = o.waits || waiting.MatchString(text)
		if l := o.last[process]; l != nil {
			fmt.Fprintln(l, text)
			return
		}
	}
	if !o.grouped {
		fmt.Fprintf(ready, "[%d] %s\n", process, text)
		return
	}
	if o.groups[process] == nil {
		o.groups[process] = &keptText{}
	}
	fmt.Fprintln(o.groups[process], text)
}

func (o *ranksOutput) print(name string, ready *strings.Builder) {
	if ready.Len() > 0 {
		o.out.Stream(name, ready.String())
		ready.Reset()
	}
}

// flush shows what was kept for the end: the output of ranks in their order.
func (o *ranksOutput) flush() {
	for _, process := range slices.Sorted(maps.Keys(o.groups)) {
		o.out.Stream("stdout", fmt.Sprintf("rank %d:\n%s", process, o.groups[process]))
	}
}

// flushWords shows the last words of ranks that did not fail after all.
func (o *ranksOutput) flushWords() {
	for _, process := range o.failed {
		for line := range strings.Lines(o.last[process].String()) {
			o.out.Stream("stderr", fmt.Sprintf("[%d] %s", process, line))
		}
	}
}

// failure is the error of a job that ended with err: that of the rank that failed first, if one said why. said is what mpiexec had to
// say.
func (o *ranksOutput) failure(err error, said string) error {
	if len(o.failed) == 0 {
		return newError("MPI error", strings.TrimSpace(o.ended(err)+"\n"+strings.TrimSpace(o.engine.Relabel(said))))
	}
	process := o.failed[0]
	name, message, dump := takeApart(o.last[process].String())
	message = fmt.Sprintf("rank %d of %d: %s", process, o.ranks, message)
	failed := o.engine.ProgramFailure(name, message, dump)
	if len(o.failed) > 1 {
		others := slices.Sorted(slices.Values(o.failed[1:]))
		failed.Traceback = append(failed.Traceback, fmt.Sprintf("So did %s.", numbered(others)))
	}
	return failed
}

// late is the error of a job that was ended since its time was up.
func (o *ranksOutput) late(limit time.Duration) error {
	where := ""
	if o.waits {
		where = "; above they say what they waited for"
	}
	return newError("time-out", fmt.Sprintf("the %d ranks did not end within %v, and were ended%s", o.ranks, limit, where))
}

// ended says how mpiexec ended.
func (o *ranksOutput) ended(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Sprintf("the program of %d ranks ended with %s", o.ranks, exitText(exit))
	}
	return err.Error()
}

// takeApart reads the last words of a rank: what kind of failure, its message, and the dump of goroutines behind.
func takeApart(text string) (name, message, dump string) {
	head := mpiSaid.FindStringSubmatch(text)
	name = "error"
	if head == nil || head[1] != "" {
		name = "panic"
	}
	if head != nil {
		text = text[len(head[0]):]
	} else if kind, rest, ok := strings.Cut(text, ": "); ok {
		name, text = kind, rest
	}
	message, dump, _ = strings.Cut(text, "\ngoroutine ")
	if dump != "" {
		dump = "goroutine " + dump
	}
	return name, cmp.Or(strings.TrimSpace(message), "it did not say why"), dump
}

// numbered lists ranks in words.
func numbered(ranks []int) string {
	words := make([]string, len(ranks))
	for i, r := range ranks {
		words[i] = fmt.Sprint(r)
	}
	if len(words) == 1 {
		return "rank " + words[0]
	}
	return "ranks " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
