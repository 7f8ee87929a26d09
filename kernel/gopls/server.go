// Package gopls completes and explains Go code in notebook cells by talking to gopls, the Go language server, which runs
// as a subprocess. It knows neither notebooks nor sessions: the caller passes the full text of a Go file, which need not
// exist on disk, and a byte offset in it.
//
// JSON-RPC is done here (rpc.go), because one client on two pipes needs less code than the libraries on offer need set-up,
// and because none of them keeps a document update and the request about it in order without blocking on a stuck server.
package gopls

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Install is the command that brings gopls, at the newest version that Go 1.26 can build.
const Install = "go install golang.org/x/tools/gopls@v0.23.0"

const (
	closeGrace  = time.Second           // how long gopls may take to end by itself
	minRestart  = 50 * time.Millisecond // pause before the first restart; doubles with each failure…
	maxRestart  = 30 * time.Second      // …up to this
	healthyLife = 10 * time.Second      // a gopls that lived so long did not fail at start: its pause is the shortest again
)

// errClosed means that Close was called, or the context given to Start ended.
var errClosed = errors.New("gopls: closed")

// Options say which gopls to run and where.
type Options struct {
	Path string       // the gopls binary; "" looks beside the running program, then in PATH
	Dir  string       // a directory of the module in which files are understood; it must exist
	Env  []string     // environment of gopls and the go command it calls; nil means os.Environ()
	Log  *slog.Logger // gets restarts and what gopls says; nil discards it
}

// File is a Go file that overrides what is on disk. Only the file of the latest call counts: a call with another Name
// drops the file before it, so that the declarations of two versions of one session never meet.
type File struct {
	Name string // relative to Options.Dir
	Text string
}

// Server keeps a gopls running. It may be used by many goroutines.
type Server struct {
	path   string
	dir    string
	env    []string
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{} // closed when nothing runs any more

	mu      sync.Mutex
	current *process      // nil while gopls starts
	failure error         // why the last one ended
	changed chan struct{} // closed and replaced whenever current or failure changes
}

// Start begins to run gopls and returns without waiting until it is ready: that takes a second or more, and longer in a
// large module. It fails when there is no gopls or no Dir. The server lives until ctx ends or Close is called.
func Start(ctx context.Context, o Options) (*Server, error) {
	path, err := find(o.Path)
	if err != nil {
		return nil, err
	}
	// The go command reports files by their real path, and gopls takes one file under two names for two files.
	dir, err := filepath.EvalSymlinks(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("gopls: module directory: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("gopls: module directory: %w", err)
	}
	s := &Server{
		path:    path,
		dir:     dir,
		env:     o.Env,
		log:     o.Log,
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	if s.env == nil {
		s.env = os.Environ()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	ctx, s.cancel = context.WithCancel(ctx)
	go s.supervise(ctx)
	return s, nil
}

// find returns the gopls to run.
func find(path string) (string, error) {
	if path != "" {
		return exec.LookPath(path)
	}
	if self, err := os.Executable(); err == nil {
		if found, err := exec.LookPath(filepath.Join(filepath.Dir(self), "gopls")); err == nil {
			return found, nil
		}
	}
	found, err := exec.LookPath("gopls")
	if err != nil {
		return "", fmt.Errorf("gopls is neither beside this program nor in PATH; install it with: %s", Install)
	}
	return found, nil
}

// Close ends gopls, by force where it does not end within a second, and every call in progress. No process is left.
func (s *Server) Close() error {
	s.cancel()
	<-s.done
	return nil
}

// supervise runs gopls again and again until ctx ends.
func (s *Server) supervise(ctx context.Context) {
	defer close(s.done)
	defer s.publish(nil, errClosed)
	pause := minRestart
	for {
		began := time.Now()
		err := s.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > healthyLife {
			pause = minRestart
		}
		s.log.Warn("gopls ended and will be restarted", "error", err, "after", pause)
		s.publish(nil, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, maxRestart)
	}
}

// runOnce runs gopls until it ends, and returns why it did.
func (s *Server) runOnce(ctx context.Context) error {
	p, err := s.launch()
	if err != nil {
		return err
	}
	if err := p.initialize(ctx); err != nil {
		p.kill()
		return p.explain(err)
	}
	s.publish(p, nil)
	select {
	case <-ctx.Done():
		p.stop(closeGrace)
		return ctx.Err()
	case <-p.conn.done:
		p.kill()
		return p.explain(p.conn.err)
	}
}

func (s *Server) publish(p *process, failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.failure = p, failure
	close(s.changed)
	s.changed = make(chan struct{})
}

// ready returns a gopls that runs, and waits for one while ctx allows.
func (s *Server) ready(ctx context.Context) (*process, error) {
	for {
		s.mu.Lock()
		p, failure, changed := s.current, s.failure, s.changed
		s.mu.Unlock()
		if failure == errClosed {
			return nil, errClosed
		}
		if p != nil && p.alive() {
			return p, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, notReady(ctx.Err(), failure)
		}
	}
}

func notReady(err, failure error) error {
	if failure == nil {
		return fmt.Errorf("gopls is still starting: %w", err)
	}
	return fmt.Errorf("gopls is restarting: %w; it ended before: %w", err, failure)
}

// ask sends a request about a place in f and stores the answer in result. A gopls that dies of it or meanwhile is asked
// once more after its restart: the questions change nothing, so asking twice does no harm.
func (s *Server) ask(ctx context.Context, method string, f File, offset int, result any) error {
	at, err := positionAt(f.Text, offset)
	if err != nil {
		return fmt.Errorf("gopls: %s: %w", f.Name, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		p, err := s.ready(ctx)
		if err != nil {
			return err
		}
		err = p.ask(ctx, method, f, at, result)
		if errors.Is(err, errGone) && attempt == 1 {
			continue
		}
		if err != nil {
			return fmt.Errorf("gopls: %s: %w", method, err)
		}
		return nil
	}
}

// Changed tells gopls that files on disk (named relative to Options.Dir) were written or removed: go.mod after a module
// was added, say. gopls does not watch the disk by itself.
func (s *Server) Changed(ctx context.Context, names ...string) error {
	p, err := s.ready(ctx)
	if err != nil {
		return err
	}
	return p.conn.notify("workspace/didChangeWatchedFiles", p.changes(names))
}
