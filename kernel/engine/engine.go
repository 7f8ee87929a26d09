// Package engine runs notebook cells: it has the cell compiler analyze them, builds and loads what comes out, and
// runs it in a worker process, which it watches and replaces when it dies.
//
// It is the kernel without Jupyter: a front end gives it the text of a cell and an Output, and gets back an error or
// none. The session, what the names of the notebook mean, lives here; the values live in the worker.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/proto"
)

// Options configure an Engine.
type Options struct {
	Build build.Options
	Dir   string // working directory of cells; "" is the current one
	Env   []string
	Log   func(format string, args ...any)
}

// Engine is one session. Execute runs one cell at a time; the other methods may be called meanwhile.
type Engine struct {
	opts Options
	temp string // folder for what the session loads

	ready    chan struct{} // closed when ws, builder and compiler are there, or openErr
	openErr  error
	ws       *build.Workspace
	builder  *builder
	compiler *cell.Compiler

	executing sync.Mutex
	noticed   sync.Once // what is special about the workspace was said

	mu        sync.Mutex
	session   *cell.Session
	proc      *process
	packages  map[string]*build.Package // all packages of the session, by path
	labels    map[string]string         // placeholder to "cell[7]"
	sources   map[string]string         // label to the cell's text
	out       Output                    // of the cell that ran last
	running   int64                     // id of the run under way, or 0
	runErr    error                     // why the engine itself ended that run
	runs      int64
	cancel    context.CancelFunc // ends what the front does for the cell under way
	ahead     ahead
	stops     int
	inputs    *inputs  // questions of the cell under way
	abandoned *process // the worker in which an interrupted cell goes on computing
	closed    bool
	comms     comms
	meanings  meanings
}

// New starts a session. The workspace is opened, and the worker started, in the background.
func New(opts Options) (*Engine, error) {
	if opts.Log == nil {
		opts.Log = func(string, ...any) {}
	}
	if opts.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("no working directory: %w", err)
		}
		opts.Dir = dir
	}
	temp, err := os.MkdirTemp("", "warren-session-*")
	if err != nil {
		return nil, fmt.Errorf("no temporary folder for the session: %w", err)
	}
	e := &Engine{
		opts: opts, temp: temp, ready: make(chan struct{}), session: cell.NewSession(),
		packages: map[string]*build.Package{}, labels: map[string]string{}, sources: map[string]string{},
		comms: comms{open: map[string]*process{}},
	}
	go e.open()
	return e, nil
}

// open makes everything ready for the first cell.
func (e *Engine) open() {
	defer close(e.ready)
	opts := e.opts.Build
	opts.Log = e.opts.Log
	var err error
	if e.ws, err = build.Open(context.Background(), opts); err != nil {
		e.openErr = unready(err)
		return
	}
	e.builder = newBuilder(e.ws, func(path string) bool { return e.packageAt(path) != nil })
	e.compiler = cell.NewCompiler(e.ws, e.ws.Race)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.start(); err != nil {
		e.openErr = unready(err)
	}
}

// start starts a worker. The caller holds e.mu.
func (e *Engine) start() error {
	launches, err := newLaunches(e.temp)
	if err != nil {
		return err
	}
	p, err := startProcess(e.ws, e.opts.Dir, append(slices.Clone(e.opts.Env), launches.env()), e.stream, e.message)
	if err != nil {
		return err
	}
	p.launches = launches
	e.proc = p
	go e.mourn(p)
	return nil
}

// wait returns when the engine can run cells, or why it cannot.
func (e *Engine) wait(ctx context.Context) error {
	select {
	case <-e.ready:
		return e.openErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Execute runs a cell. count numbers it in messages. The error, if any, is a *CellError.
func (e *Engine) Execute(ctx context.Context, code string, count int, out Output) error {
	return e.Run(ctx, Request{Code: code, Count: count}, out)
}

// Run is Execute with all that may be said of a cell.
func (e *Engine) Run(ctx context.Context, r Request, out Output) error {
	return e.alone(ctx, r, out, func(ctx context.Context, out Output) error { return e.runCell(ctx, r, out) })
}

// alone calls do while nothing else runs, with a worker that lives.
func (e *Engine) alone(ctx context.Context, r Request, out Output, do func(context.Context, Output) error) error {
	e.executing.Lock()
	defer e.executing.Unlock()
	out = &orderly{Output: out}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.begin(r, out, cancel)
	defer e.end()
	if err := e.wait(ctx); err != nil {
		return e.explain(err)
	}
	if notice := e.ws.Notice(); notice != "" {
		e.noticed.Do(func() { out.Stream("stderr", "warning: "+notice+".\n") })
	}
	if p := e.process(); !p.alive() {
		e.bury(p, out)
	}
	return do(ctx, out)
}

// runCell compiles and runs a cell.
func (e *Engine) runCell(ctx context.Context, r Request, out Output) error {
	before := e.Session()
	pkg, err := e.prepare(ctx, r.Code, out)
	if err != nil {
		return e.explain(err)
	}
	after := e.Session()
	if r.Measure != nil {
		defer r.Measure()()
	}
	err = e.run(ctx, pkg, r.Count, out)
	if err != nil && r.Tentative {
		e.takeBack(after, before)
	}
	return err
}

// takeBack makes the session what it was before a cell, unless it has changed since the cell's declarations: the worker died.
func (e *Engine) takeBack(after, before *cell.Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session == after {
		e.session = before
	}
}

func (e *Engine) begin(r Request, out Output, cancel context.CancelFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.Code != "" {
		e.name(r.Code, r.Count)
	}
	if r.Source != "" {
		e.sources[fmt.Sprintf("cell[%d]", r.Count)] = r.Source
	}
	e.out, e.cancel, e.runErr, e.stops = out, cancel, nil, 0
}

func (e *Engine) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cancel, e.running, e.inputs = nil, 0, nil
}

// name gives a cell's text its number. The caller holds e.mu.
func (e *Engine) name(code string, count int) {
	label := fmt.Sprintf("cell[%d]", count)
	e.labels[cell.Placeholder(code)] = label
	e.sources[label] = code
}

func (e *Engine) label(placeholder string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.labels[placeholder]; l != "" {
		return l
	}
	return placeholder
}

// prepare compiles and loads a cell, and commits what it declares.
func (e *Engine) prepare(ctx context.Context, code string, out Output) (*build.Package, error) {
	e.mu.Lock()
	before, p := e.session, e.proc
	e.mu.Unlock()
	r, err := e.analyze(before, code)
	if err != nil {
		return nil, err
	}
	e.lookAheadFrom(r.Session)
	if err := e.load(ctx, p, r.Package); err != nil {
		if errors.Is(err, errDead) {
			return nil, e.buried(p)
		}
		return nil, err
	}
	e.mu.Lock()
	e.session = r.Session
	e.mu.Unlock()
	for _, w := range r.Warnings {
		out.Stream("stderr", "warning: "+e.relabel(w)+"\n")
	}
	return r.Package, nil
}

func (e *Engine) packageAt(path string) *build.Package {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.packages[path]
}

// run runs a loaded package to its end.
func (e *Engine) run(ctx context.Context, pkg *build.Package, count int, out Output) error {
	_, err := e.perform(ctx, proto.Message{Kind: proto.Run, Unit: pkg.Path, Text: fmt.Sprint(count)}, pkg.ReadsInput, out)
	return err
}

// perform has the worker do something as a run, and returns what it answers in the end.
func (e *Engine) perform(ctx context.Context, m proto.Message, readsInput bool, out Output) (proto.Message, error) {
	e.mu.Lock()
	p := e.proc
	e.runs++
	m.ID = e.runs
	e.running = m.ID
	stopped := e.stops > 0 || ctx.Err() != nil // an interrupt may have come before there was anything to stop
	input := newInputs(ctx)
	e.inputs = input
	e.mu.Unlock()
	if stopped {
		return m, &CellError{Name: "interrupted", Value: "interrupted before it ran", Traceback: []string{"interrupted before it ran"}}
	}
	p.stdin.discard()
	done, err := p.run(m)
	if err != nil {
		return m, e.buried(p)
	}
	defer input.stop()
	if readsInput {
		input.watch(func(ctx context.Context) { e.watchInput(ctx, p, out) })
	}
	select {
	case reply := <-done:
		return reply, e.ended(reply.Failure)
	case <-p.dead:
		return m, e.buried(p)
	}
}

// ended turns how a run ended into its error.
func (e *Engine) ended(f *proto.Failure) error {
	e.mu.Lock()
	why := e.runErr
	e.mu.Unlock()
	if why != nil {
		return &CellError{Name: "input error", Value: why.Error(), Traceback: []string{red + "input error" + normal + ": " + why.Error()}}
	}
	if f == nil {
		return nil
	}
	e.noteAbandoned(e.process(), f)
	return e.failure(f)
}

// noteAbandoned remembers the worker in which code goes on that an interrupt did not end.
func (e *Engine) noteAbandoned(p *process, f *proto.Failure) {
	if f.Kind != "abandoned" && f.Kind != "outlived" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.abandoned = p
}

// stopInput takes back what the user is asked. The caller holds e.mu.
func (e *Engine) stopInput() {
	if e.inputs != nil {
		e.inputs.cancel()
	}
}

// failRun ends the run under way for a reason of the engine's own.
func (e *Engine) failRun(why error) {
	e.mu.Lock()
	e.runErr = why
	p, id := e.proc, e.running
	e.mu.Unlock()
	if p != nil && id != 0 {
		p.conn.Send(proto.Message{Kind: proto.Stop, ID: id})
	}
}

// Interrupt stops the cell under way, or without one the handler of a comm message, and keeps the session. What does not stop
// within a second is abandoned; a further interrupt, while it goes on computing, ends the worker.
func (e *Engine) Interrupt() {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, id := e.proc, e.running
	switch {
	case e.cancel == nil: // no cell runs
		e.interruptIdle(p)
		return
	case id == 0:
		e.stops++
		e.cancel() // still compiling
		return
	}
	if e.stops++; e.stops > 1 {
		p.end(fateInterrupted)
		return
	}
	p.conn.Send(proto.Message{Kind: proto.Stop, ID: id})
	e.stopInput()
	go e.insist(p, id)
}

// interruptIdle stops what goes on without a cell. The caller holds e.mu.
func (e *Engine) interruptIdle(p *process) {
	switch h := e.comms.handling; {
	case h != nil:
		p.conn.Send(proto.Message{Kind: proto.Stop, ID: h.id})
		go e.insist(p, h.id)
	case p != nil && p == e.abandoned:
		p.end(fateInterrupted)
	}
}

// insist kills a worker that does not even abandon its cell: one stuck where no goroutine can be stopped.
func (e *Engine) insist(p *process, id int64) {
	select {
	case <-p.dead:
	case <-time.After(5 * time.Second):
		e.mu.Lock()
		h := e.comms.handling
		still := e.proc == p && (e.running == id || h != nil && h.id == id)
		e.mu.Unlock()
		if still {
			p.end(fateStuck)
		}
	}
}

// buried replaces a dead worker, and says what died with it.
func (e *Engine) buried(p *process) *CellError {
	<-p.dead
	defer e.closeComms()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.proc != p || e.closed {
		return e.deathReport(p, nil)
	}
	why := "its value was lost when the worker process ended; run the cell that makes it again"
	next, gone := e.session.WithoutVariables(why)
	e.session = next
	report := e.deathReport(p, gone)
	if err := e.start(); err != nil {
		report.Traceback = append(report.Traceback, "No new worker could be started: "+err.Error()+". Restart the kernel.")
	}
	return report
}

// mourn replaces a worker that dies while no cell runs, and says so below the cell that ran last.
func (e *Engine) mourn(p *process) {
	<-p.dead
	if p.fate() == fateClosed || !e.executing.TryLock() { // a cell that runs will meet it
		return
	}
	defer e.executing.Unlock()
	e.bury(p, e.output())
}

// bury replaces a worker that died while no cell ran.
func (e *Engine) bury(p *process, out Output) {
	e.mu.Lock()
	current := e.proc == p && !e.closed
	e.mu.Unlock()
	if !current {
		return
	}
	if report := e.buried(p); out != nil {
		out.Stream("stderr", strings.Join(report.Traceback, "\n")+"\n")
	}
}

// Restart starts over: new worker, empty session.
func (e *Engine) Restart(ctx context.Context) error {
	if err := e.wait(ctx); err != nil {
		return err
	}
	e.mu.Lock()
	p := e.proc
	e.mu.Unlock()
	e.forgetAhead()
	p.close()
	e.executing.Lock()
	defer e.executing.Unlock()
	defer e.closeComms()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.session = cell.NewSession()
	if e.proc != p {
		return nil
	}
	return e.start()
}

// Close ends the worker and removes what the session left on disk.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	if e.cancel != nil {
		e.cancel()
	}
	e.mu.Unlock()
	<-e.ready
	e.mu.Lock()
	p := e.proc
	e.mu.Unlock()
	if p != nil {
		p.close()
	}
	e.closeComms()
	if e.ws == nil {
		return os.RemoveAll(e.temp)
	}
	return errors.Join(e.ws.Close(), os.RemoveAll(e.temp))
}

// Session returns what the names of the session mean now.
func (e *Engine) Session() *cell.Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session
}

// Forget takes names out of the session, all or none: then the error names those that it does not know.
func (e *Engine) Forget(names ...string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next, unknown := e.session.Without(names...)
	if len(unknown) > 0 {
		return fmt.Errorf("the session declares no %s", strings.Join(unknown, ", "))
	}
	e.session = next
	return nil
}

// Values returns how the session's variables with the given names look now.
func (e *Engine) Values(ctx context.Context, names ...string) (map[string]proto.Value, error) {
	if err := e.wait(ctx); err != nil {
		return nil, err
	}
	s, p := e.Session(), e.process()
	var keys []string
	for _, n := range names {
		if v := s.Lookup(n); v != nil && v.Kind == cell.Var {
			keys = append(keys, variableKey(v))
		}
	}
	m, err := p.call(ctx, proto.Message{Kind: proto.Peek, Names: keys})
	if err != nil {
		return nil, err
	}
	values := map[string]proto.Value{}
	for key, v := range m.Values {
		_, name, _ := strings.Cut(key, "\x00")
		values[name] = v
	}
	return values, nil
}

func (e *Engine) process() *process {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.proc
}

// Chdir changes the working directory of cells.
func (e *Engine) Chdir(ctx context.Context, dir string) error {
	if err := e.wait(ctx); err != nil {
		return err
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(e.Dir(), dir)
	}
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if _, err := e.process().call(ctx, proto.Message{Kind: proto.Chdir, Text: dir}); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.Dir = dir
	return nil
}

// Dir returns the working directory of cells, as far as Chdir changed it.
func (e *Engine) Dir() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Dir
}

// Setenv sets an environment variable for cells and for workers to come.
func (e *Engine) Setenv(ctx context.Context, name, value string) error {
	if err := e.wait(ctx); err != nil {
		return err
	}
	if _, err := e.process().call(ctx, proto.Message{Kind: proto.Setenv, Names: []string{name}, Text: value}); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.Env = append(e.opts.Env, name+"="+value)
	return nil
}

// Env returns what Setenv set.
func (e *Engine) Env() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.opts.Env...)
}

// Record starts a recorder ("cpu", "trace") in the worker; stop returns what it recorded.
func (e *Engine) Record(ctx context.Context, kind string) (stop func() ([]byte, error), err error) {
	if err := e.wait(ctx); err != nil {
		return nil, err
	}
	p := e.process()
	if _, err := p.call(ctx, proto.Message{Kind: proto.Profile, Names: []string{kind}, Text: "start"}); err != nil {
		return nil, err
	}
	return func() ([]byte, error) {
		m, err := p.call(context.WithoutCancel(ctx), proto.Message{Kind: proto.Profile, Names: []string{kind}, Text: "stop"})
		return m.Blob, err
	}, nil
}

// Workspace returns where cells are built, once it is open.
func (e *Engine) Workspace(ctx context.Context) (*build.Workspace, error) {
	if err := e.wait(ctx); err != nil {
		return nil, err
	}
	return e.ws, nil
}

// stream and message pass on what the worker sends, to the output of the cell that ran last but for what a comm message
// caused.
func (e *Engine) stream(name, text string) {
	if out := e.printed(); out != nil {
		out.Stream(name, text)
	}
}

func (e *Engine) output() Output {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.out
}

// shown says what is done with each message of the worker that shows something.
var shown = map[string]func(Output, proto.Message){
	proto.Display: func(out Output, m proto.Message) { out.Display(data(m)) },
	proto.Update:  func(out Output, m proto.Message) { out.Update(data(m)) },
	proto.Result:  func(out Output, m proto.Message) { out.Result(data(m)) },
	proto.Page:    func(out Output, m proto.Message) { out.Page(data(m)) },
	proto.Clear:   func(out Output, m proto.Message) { out.Clear(m.Flag) },
	proto.Next:    func(out Output, m proto.Message) { out.SetNextInput(m.Text, m.Flag) },
}

func data(m proto.Message) display.Data {
	if m.Data == nil {
		return display.Data{}
	}
	return *m.Data
}

func (e *Engine) message(p *process, m proto.Message) {
	out := e.outputOf(m.ID)
	switch h := shown[m.Kind]; {
	case m.Kind == proto.Comm:
		e.sendComm(p, out, m.Comm)
		p.conn.Send(proto.Message{Kind: proto.Shown})
	case h != nil:
		if out != nil {
			h(out, m)
		}
		p.conn.Send(proto.Message{Kind: proto.Shown})
	case m.Kind == proto.Input:
		e.askInput(p, out, m)
	case m.Kind == proto.Source:
		p.conn.Send(proto.Message{Kind: proto.Sources, ID: m.ID, Sources: e.declarations()})
	case m.Kind == proto.Late && out != nil:
		e.lateFailure(out, m)
	}
}

// askInput passes a question of the cell on to the user, and the answer back.
func (e *Engine) askInput(p *process, out Output, m proto.Message) {
	e.mu.Lock()
	input := e.inputs
	e.mu.Unlock()
	answer := proto.Message{Kind: proto.Answer, ID: m.ID}
	if input == nil {
		answer.Error = "no cell runs that could ask for input"
		p.conn.Send(answer)
		return
	}
	input.watch(func(ctx context.Context) {
		var err error
		if answer.Text, err = out.Input(ctx, m.Text, m.Flag); err != nil {
			answer.Error = err.Error()
		}
		p.conn.Send(answer)
	})
}

// lateFailure reports a panic in a goroutine whose cell has ended.
func (e *Engine) lateFailure(out Output, m proto.Message) {
	if m.Failure == nil {
		return
	}
	m.Failure.Goroutine = true
	err := e.failure(m.Failure)
	out.Stream("stderr", strings.Join(err.Traceback, "\n")+"\n")
}
