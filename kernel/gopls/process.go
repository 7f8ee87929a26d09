package gopls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	initializeLimit = 30 * time.Second
	stderrKept      = 4 << 10 // bytes of stderr that go into an error
)

// extraEnv is put before the caller's environment, which wins.
var extraEnv = []string{
	// gopls shares the machine with the student's program: less memory is worth some more collection.
	"GOGC=50",
	// The value that golang.org/x/telemetry gives to descendants of its own helper: gopls then starts no helper process,
	// which would detach itself and outlive Close.
	"GO_TELEMETRY_CHILD=2",
}

// settings configure gopls: https://go.dev/gopls/settings. Cells are diagnosed by the compiler, so gopls diagnoses
// nothing: files are never saved.
var settings = map[string]any{
	"completeUnimported": true,
	"completionBudget":   "300ms",
	"deepCompletion":     true,
	"diagnosticsTrigger": "Save",
	"hoverKind":          "FullDocumentation",
	"matcher":            "CaseInsensitive", // a prefix, as notebook users expect from Tab
	"semanticTokens":     false,
	"staticcheck":        false,
	"telemetryPrompt":    false,
	"usePlaceholders":    false,
}

// object is a JSON object of the protocol.
type object = map[string]any

// capabilities tell gopls what this client understands: section "initialize" of the LSP specification. Without snippet
// support gopls sends plain text to insert.
var capabilities = object{
	"textDocument": object{
		"completion": object{
			"completionItem": object{
				"snippetSupport":      false,
				"documentationFormat": []string{"markdown"},
			},
		},
		"hover": object{"contentFormat": []string{"markdown"}},
		"signatureHelp": object{
			"signatureInformation": object{
				"documentationFormat":    []string{"markdown"},
				"activeParameterSupport": true,
			},
		},
	},
	"workspace": object{"configuration": true, "workspaceFolders": true},
}

// process is one run of gopls.
type process struct {
	dir    string
	log    *slog.Logger
	cmd    *exec.Cmd
	conn   *conn
	stderr *tail
	exited chan struct{} // closed when the process is reaped

	mu   sync.Mutex // held while a document update and the request about it are queued, so that they stay together
	open document
}

// document is the file that gopls has open.
type document struct {
	uri     string
	version int
	text    string
}

// launch starts gopls in a process group of its own: a Ctrl-C in the terminal does not reach it, and kill reaches the go
// commands it runs.
func (s *Server) launch() (*process, error) {
	p := &process{dir: s.dir, log: s.log, stderr: new(tail), exited: make(chan struct{})}
	p.cmd = exec.Command(s.path, "serve")
	p.cmd.Dir = s.dir
	p.cmd.Env = append(append([]string{}, extraEnv...), s.env...)
	p.cmd.Stderr = p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = closeGrace
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start gopls: %w", err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start gopls: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start gopls: %w", err)
	}
	p.conn = newConn(stdout, stdin, p.handle)
	go func() {
		defer close(p.exited)
		p.cmd.Wait() // closes stdin and stdout, which ends the loops of conn
	}()
	return p, nil
}

// initialize does LSP's handshake.
func (p *process) initialize(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, initializeLimit)
	defer cancel()
	params := object{
		"processId":             os.Getpid(),
		"rootUri":               p.uri(""),
		"workspaceFolders":      p.folders(),
		"capabilities":          capabilities,
		"initializationOptions": settings,
	}
	if err := p.conn.call(ctx, "initialize", params, nil); err != nil {
		return fmt.Errorf("initialize: %w", err)
	}
	return p.conn.notify("initialized", object{})
}

// stop asks gopls to end, waits for that, and kills it when grace has passed.
func (p *process) stop(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if p.conn.call(ctx, "shutdown", nil, nil) == nil && p.conn.notify("exit", nil) == nil {
		select {
		case <-p.exited:
		case <-ctx.Done():
		}
	}
	p.kill()
}

// kill ends gopls and the commands it runs at once, and waits until nothing of them is left.
func (p *process) kill() {
	// When gopls has ended by itself the group holds what it left behind, or nobody: then the error says so.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
	p.conn.fail(errGone)
	p.conn.loops.Wait()
}

func (p *process) alive() bool {
	select {
	case <-p.conn.done:
		return false
	default:
		return true
	}
}

// explain adds to err how the process ended and what it wrote last. The process must have been killed or have exited.
func (p *process) explain(err error) error {
	err = fmt.Errorf("gopls: %w (%s)", err, p.cmd.ProcessState)
	if text := strings.TrimSpace(p.stderr.String()); text != "" {
		err = fmt.Errorf("%w; it wrote: %s", err, text)
	}
	return err
}

// ask brings gopls up to date with f and asks about a place in it.
func (p *process) ask(ctx context.Context, method string, f File, at position, result any) error {
	pending, err := p.startAsk(method, f, at)
	if err != nil {
		return err
	}
	return pending.await(ctx, result)
}

func (p *process) startAsk(method string, f File, at position) (*call, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	uri := p.uri(f.Name)
	if err := p.sync(uri, f.Text); err != nil {
		return nil, err
	}
	return p.conn.start(method, object{"textDocument": object{"uri": uri}, "position": at})
}

// sync makes the document at uri, with text, the one that gopls has open.
func (p *process) sync(uri, text string) error {
	if p.open.uri == uri {
		return p.change(text)
	}
	if p.open.uri != "" {
		if err := p.conn.notify("textDocument/didClose", object{"textDocument": object{"uri": p.open.uri}}); err != nil {
			return err
		}
	}
	p.open = document{uri: uri, version: 1, text: text}
	return p.conn.notify("textDocument/didOpen", object{
		"textDocument": object{"uri": uri, "languageId": "go", "version": 1, "text": text},
	})
}

func (p *process) change(text string) error {
	if p.open.text == text {
		return nil
	}
	p.open.version++
	p.open.text = text
	return p.conn.notify("textDocument/didChange", object{
		"textDocument":   object{"uri": p.open.uri, "version": p.open.version},
		"contentChanges": []object{{"text": text}},
	})
}

// changes are the parameters of workspace/didChangeWatchedFiles.
func (p *process) changes(names []string) object {
	const changed, deleted = 2, 3 // FileChangeType
	events := []object{}
	for _, name := range names {
		kind := changed
		if _, err := os.Stat(filepath.Join(p.dir, name)); errors.Is(err, fs.ErrNotExist) {
			kind = deleted
		}
		events = append(events, object{"uri": p.uri(name), "type": kind})
	}
	return object{"changes": events}
}

func (p *process) uri(name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(p.dir, name))}).String()
}

func (p *process) folders() []object {
	return []object{{"uri": p.uri(""), "name": filepath.Base(p.dir)}}
}

// answers holds what gopls may ask of a client. What is absent here is refused.
var answers = map[string]func(p *process, params json.RawMessage) (any, *rpcError){
	"client/registerCapability":      answerNull,
	"client/unregisterCapability":    answerNull,
	"window/showMessageRequest":      answerNull, // no button pressed
	"window/workDoneProgress/create": answerNull,
	"workspace/applyEdit": func(*process, json.RawMessage) (any, *rpcError) {
		return object{"applied": false, "failureReason": "cells are edited by their author only"}, nil
	},
	"workspace/configuration": answerConfiguration,
	"workspace/workspaceFolders": func(p *process, _ json.RawMessage) (any, *rpcError) {
		return p.folders(), nil
	},
}

func answerNull(*process, json.RawMessage) (any, *rpcError) { return nil, nil }

// answerConfiguration answers with one value for each section asked for; gopls asks for "gopls" only.
func answerConfiguration(_ *process, params json.RawMessage) (any, *rpcError) {
	var asked struct {
		Items []struct {
			Section string `json:"section"`
		} `json:"items"`
	}
	if err := json.Unmarshal(params, &asked); err != nil {
		return nil, &rpcError{Code: codeInvalidParams, Message: err.Error()}
	}
	values := make([]any, len(asked.Items))
	for i, item := range asked.Items {
		if item.Section == "gopls" {
			values[i] = settings
		}
	}
	return values, nil
}

// handle answers gopls' requests; its notifications (progress, messages, diagnostics) go to the log.
func (p *process) handle(method string, params json.RawMessage) (any, *rpcError) {
	if answer, ok := answers[method]; ok {
		return answer(p, params)
	}
	p.log.Debug("gopls says", "method", method, "params", string(params))
	return nil, &rpcError{Code: codeMethodNotFound, Message: "this client does not know " + method}
}

// tail keeps the last bytes written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - stderrKept; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
