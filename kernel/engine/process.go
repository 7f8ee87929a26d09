package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/proto"
)

// process is a running worker.
type process struct {
	ws       *build.Workspace
	cmd      *exec.Cmd
	conn     *proto.Conn
	stdin    *inputPipe
	stdout   *pump
	stderr   *pump
	filter   *crashFilter
	launches launches
	handle   func(*process, proto.Message) // messages that are no replies

	seq     atomic.Int64
	mu      sync.Mutex
	replies map[int64]chan proto.Message
	runs    map[int64]chan proto.Message
	crash   strings.Builder // what the Go runtime printed when it gave up
	dead    chan struct{}   // closed when the process is gone and all its output delivered
	status  error
	ended   fate            // why the front ended it
	loaded  map[string]bool // packages it has opened; used by the engine's executing goroutine only
}

// errDead is what calls return when the worker dies before it answers.
var errDead = errors.New("the worker process died")

func startProcess(ws *build.Workspace, dir string, env []string, deliver func(name, text string), handle func(*process, proto.Message)) (p *process, err error) {
	if ws.Whole {
		deliver = plainly(ws, deliver)
	}
	p = &process{
		ws: ws, handle: handle, replies: map[int64]chan proto.Message{}, runs: map[int64]chan proto.Message{},
		dead: make(chan struct{}), loaded: map[string]bool{},
	}
	p.filter = &crashFilter{deliver: deliver, p: p}
	var ends ends
	defer func() { ends.close(err != nil) }()
	if err := ends.open(); err != nil {
		return nil, fmt.Errorf("the worker cannot be started: %w", err)
	}
	p.conn, p.stdin = proto.NewConn(ends.socket[0]), &inputPipe{read: ends.stdin[0], write: ends.stdin[1]}
	p.cmd = exec.Command(ws.Worker)
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = ends.stdin[0], ends.stdout[1], ends.stderr[1]
	p.cmd.ExtraFiles = []*os.File{ends.socket[1]}
	// A group of its own: a terminal's interrupt goes to the front alone, and what cells start can be ended with it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("the worker cannot be started: %w", err)
	}
	stderr := p.filter.pass
	if ws.Whole {
		stderr = unmarked(stderr)
	}
	if p.stdout, err = newPump("stdout", ends.stdout[0], deliver); err == nil {
		p.stderr, err = newPump("stderr", ends.stderr[0], stderr)
	}
	if err != nil {
		p.killGroup()
		p.cmd.Wait()
		return nil, fmt.Errorf("the worker's output cannot be read: %w", err)
	}
	go p.receive()
	return p, nil
}

// ends are the two ends of each channel to a worker: [0] to read, [1] to write; of the socket, ours and the worker's.
type ends struct{ socket, stdin, stdout, stderr [2]*os.File }

func (e *ends) open() (err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	unix.SetNonblock(pair[0], true) // so that Close ends a Receive
	e.socket = [2]*os.File{os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "front")}
	for _, pipe := range []*[2]*os.File{&e.stdin, &e.stdout, &e.stderr} {
		if pipe[0], pipe[1], err = os.Pipe(); err != nil {
			return err
		}
	}
	return nil
}

// close closes what only the worker needs, or all.
func (e *ends) close(all bool) {
	files := []*os.File{e.socket[1], e.stdout[1], e.stderr[1]}
	if all {
		files = append(files, e.socket[0], e.stdin[0], e.stdin[1], e.stdout[0], e.stderr[0])
	}
	for _, f := range files {
		f.Close() // nil where open failed, which Close survives
	}
}

// receive handles the worker's messages until it is gone.
func (p *process) receive() {
	for {
		m, err := p.conn.Receive()
		if err != nil {
			break
		}
		if p.ws.Whole {
			m = plainMessage(p.ws, m)
		}
		p.drain()
		switch {
		case m.Seq != 0:
			p.mu.Lock()
			ch := p.replies[m.Seq]
			delete(p.replies, m.Seq)
			p.mu.Unlock()
			if ch != nil {
				ch <- m
			}
		case m.Kind == proto.Done:
			p.mu.Lock()
			ch := p.runs[m.ID]
			delete(p.runs, m.ID)
			p.mu.Unlock()
			if ch != nil {
				ch <- m
			}
		default:
			p.handle(p, m)
		}
	}
	p.conn.Close()
	p.stdin.close()
	p.status = p.reap()
	p.killGroup() // whatever the cells started
	p.stdout.finish()
	p.stderr.finish()
	close(p.dead)
}

// reap waits for the worker to end, as it does when its connection is gone. One that cannot is killed; one that prints
// its last words gets the time.
func (p *process) reap() error {
	kill := time.AfterFunc(10*time.Second, p.killGroup)
	defer kill.Stop()
	return p.cmd.Wait()
}

func (p *process) killGroup() { syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// drain delivers all that the worker has printed.
func (p *process) drain() {
	p.stdout.drain()
	p.stderr.drain()
	p.stderr.mu.Lock()
	defer p.stderr.mu.Unlock()
	p.filter.flush()
}

// call sends a request and waits for its reply.
func (p *process) call(ctx context.Context, m proto.Message) (proto.Message, error) {
	m.Seq = p.seq.Add(1)
	ch := make(chan proto.Message, 1)
	p.mu.Lock()
	p.replies[m.Seq] = ch
	p.mu.Unlock()
	if err := p.conn.Send(m); err != nil {
		return m, errDead
	}
	select {
	case r := <-ch:
		if r.Error != "" {
			return r, errors.New(r.Error)
		}
		return r, nil
	case <-p.dead:
		return m, errDead
	case <-ctx.Done():
		p.mu.Lock()
		delete(p.replies, m.Seq)
		p.mu.Unlock()
		return m, ctx.Err()
	}
}

// run sends what starts the run m.ID; the channel gets how it ended.
func (p *process) run(m proto.Message) (<-chan proto.Message, error) {
	ch := make(chan proto.Message, 1)
	p.mu.Lock()
	p.runs[m.ID] = ch
	p.mu.Unlock()
	if err := p.conn.Send(m); err != nil {
		return nil, errDead
	}
	return ch, nil
}

// alive tells whether the process still runs.
func (p *process) alive() bool {
	select {
	case <-p.dead:
		return false
	default:
		return true
	}
}

// fate says why the front ended a worker; 0 when it did not.
type fate int

const (
	fateClosed      fate = iota + 1 // the session is closed or restarted
	fateInterrupted                 // the user interrupted a second time
	fateStuck                       // an interrupted cell did not even let the worker abandon it
)

func (p *process) fate() fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *process) setFate(f fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == 0 {
		p.ended = f
	}
}

// end kills the process, and all that it started.
func (p *process) end(f fate) {
	p.setFate(f)
	p.killGroup()
}

// close ends the process, gently at first, and all that it started.
func (p *process) close() {
	p.setFate(fateClosed)
	p.conn.Close()
	select {
	case <-p.dead:
		return
	case <-time.After(200 * time.Millisecond):
	}
	p.killGroup()
	<-p.dead
}

// crashFilter keeps what the Go runtime prints when it gives up apart from what the user's code prints to stderr. The
// runtime writes its words one by one, so the start of a line is held back while it may become such a report.
type crashFilter struct {
	p       *process
	deliver func(name, text string)
	fatal   bool
	held    string
	lost    int // bytes of a report that was none, after all
}

// crashStarts are how such reports begin.
var crashStarts = []string{
	"fatal error: ", "runtime: goroutine stack exceeds", "SIGSEGV: ", "SIGABRT: ", "SIGBUS: ", "SIGFPE: ", "SIGILL: ", "unexpected fault address",
	"panic: ", "runtime: out of memory", "runtime: cannot allocate", "malloc(): ", "free(): ", "double free", "runtime/cgo: ",
}

// crashLimit bounds what is kept of a report: the dump of many goroutines is long.
const crashLimit = 1 << 20

// pass is called by one pump only, which locks.
func (f *crashFilter) pass(name, text string) {
	text, f.held = f.held+text, ""
	if f.fatal {
		f.keep(text)
		return
	}
	at := 0
	for line := range strings.Lines(text) {
		starts, maybe := startsCrash(line)
		if starts {
			f.fatal = true
			time.AfterFunc(2*time.Second, f.ask)
			break
		}
		if maybe && !strings.HasSuffix(line, "\n") {
			f.held = line
			break
		}
		at += len(line)
	}
	if at > 0 {
		f.deliver(name, text[:at])
	}
	if f.fatal {
		f.keep(text[at:])
	}
}

// startsCrash tells whether a line, or what there is of it, begins a report, or may yet.
func startsCrash(line string) (starts, maybe bool) {
	for _, s := range crashStarts {
		if strings.HasPrefix(line, s) {
			return true, true
		}
		maybe = maybe || strings.HasPrefix(s, line)
	}
	return false, maybe
}

func (f *crashFilter) keep(text string) {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	room := min(len(text), crashLimit-f.p.crash.Len())
	f.p.crash.WriteString(text[:room])
	f.lost += len(text) - room
}

// flush delivers what was held back: the worker has sent a message since, so it did not die of it.
func (f *crashFilter) flush() {
	f.p.mu.Lock()
	text := f.p.crash.String() + f.held
	f.p.crash.Reset()
	f.p.mu.Unlock()
	if f.lost > 0 {
		text += fmt.Sprintf("\n(%d more bytes)\n", f.lost)
	}
	f.fatal, f.held, f.lost = false, "", 0
	if text != "" {
		f.deliver("stderr", text)
	}
}

// ask makes the worker send a message, if it can.
func (f *crashFilter) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f.p.call(ctx, proto.Message{Kind: proto.Peek})
}

// lastWords returns the runtime's report of a dead process.
func (p *process) lastWords() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.crash.String()
}
