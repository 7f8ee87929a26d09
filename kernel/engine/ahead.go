package engine

import (
	"context"
	"slices"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/cell"
)

// Cells that wait while another runs are compiled meanwhile: together, with one link for all. What a cell's names mean
// follows from the source of the cells before it, not from their values, so each can be analyzed as if those before it
// had run. One that does not compile is passed over: it fails when its turn comes, and changes nothing till then.

// Queued is a cell that waits to be executed.
type Queued struct {
	Code  string
	Count int
}

// ahead is what is known of queued cells.
type ahead struct {
	queue   []Queued
	results map[analysisKey]*cell.Result
}

// analysisKey names the analysis of a cell: its text, and the session it was analyzed in.
type analysisKey struct {
	session *cell.Session
	code    string
}

// mostAhead bounds how many cells are linked together: the first of them waits for all.
const mostAhead = 50

// Ahead names the cells that wait, in order.
func (e *Engine) Ahead(queued []Queued) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ahead.queue = slices.Clone(queued)
	if len(queued) == 0 {
		e.ahead.results = nil
		return
	}
	if e.running != 0 { // else the cell being prepared will look ahead itself
		go e.compileAhead(e.session, slices.Clone(queued))
	}
}

// lookAheadFrom compiles what waits behind the cell that leads to the session s.
func (e *Engine) lookAheadFrom(s *cell.Session) {
	e.mu.Lock()
	queued := slices.Clone(e.ahead.queue)
	e.mu.Unlock()
	if len(queued) > 0 {
		go e.compileAhead(s, queued)
	}
}

func (e *Engine) forgetAhead() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ahead = ahead{}
}

func (e *Engine) compileAhead(s *cell.Session, queued []Queued) {
	var packages []*build.Package
	for _, q := range queued[:min(len(queued), mostAhead)] {
		e.mu.Lock()
		e.name(q.Code, q.Count)
		e.mu.Unlock()
		r, err := e.analyze(s, q.Code)
		if err != nil {
			continue
		}
		s = r.Session
		if !r.Package.Cgo && !slices.Contains(packages, r.Package) {
			packages = append(packages, r.Package)
		}
	}
	e.builder.linkAll(context.Background(), packages)
}

// analyze has the compiler analyze a cell, once for each session it is asked about.
func (e *Engine) analyze(s *cell.Session, code string) (*cell.Result, error) {
	key := analysisKey{s, code}
	e.mu.Lock()
	r := e.ahead.results[key]
	e.mu.Unlock()
	if r != nil {
		return r, nil
	}
	r, err := e.compiler.Analyze(s, code)
	if err != nil {
		return nil, err
	}
	r.Package.ReadsInput = r.ReadsInput
	e.mu.Lock()
	defer e.mu.Unlock()
	if first := e.ahead.results[key]; first != nil {
		return first, nil // analyzed twice at once: both must go on from the same session
	}
	e.packages[r.Package.Path] = r.Package
	if e.ahead.results == nil {
		e.ahead.results = map[analysisKey]*cell.Result{}
	}
	e.ahead.results[key] = r
	return r, nil
}

// Sketch is a cell that is being written, as a Go file that a language server understands.
func (e *Engine) Sketch(code string, cursor int) cell.Sketch {
	select {
	case <-e.ready:
	default:
		return cell.Sketch{Text: code, Offset: cursor}
	}
	if e.openErr != nil {
		return cell.Sketch{Text: code, Offset: cursor}
	}
	return e.compiler.Sketch(e.Session(), code, cursor)
}

// Members returns the exported names of the package that cells know by a name.
func (e *Engine) Members(name string) []string {
	select {
	case <-e.ready:
	default:
		return nil
	}
	if e.openErr != nil {
		return nil
	}
	return e.compiler.Members(e.Session(), name)
}
