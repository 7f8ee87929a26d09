package client

import (
	"errors"
	"fmt"
	"strings"
)

// Why requests fail beside what engines say; match with errors.Is.
var (
	ErrClosed         = errors.New("the client is closed")
	ErrControllerGone = errors.New("the controller is gone")
	ErrEngineLost     = errors.New("the engine is gone")
	ErrAborted        = errors.New("the request was aborted")
	ErrNoEngine       = errors.New("there is no such engine")
)

// RemoteError is what an engine, or the controller in its place, answers to a request that failed.
type RemoteError struct {
	Engine    int    // its id, or -1
	Name      string // as of a Python exception's type
	Value     string
	Traceback []string // lines or parts of lines, as clients show them one after the other
}

func (e *RemoteError) Error() string {
	text := e.Value
	if e.Name != "" && e.Name != "Error" {
		text = strings.TrimSuffix(e.Name+": "+e.Value, ": ")
	}
	if e.Engine < 0 {
		return text
	}
	return fmt.Sprintf("engine %d: %s", e.Engine, text)
}

// kinds are the failures that controllers name.
var kinds = map[string]error{"EngineError": ErrEngineLost, "TaskAborted": ErrAborted}

// Is reports whether a controller's failure means target.
func (e *RemoteError) Is(target error) bool {
	kind, ok := kinds[e.Name]
	return ok && kind == target
}
