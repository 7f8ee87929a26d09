package worker

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
	"github.com/warren-go/warren/opencl/gosource"
)

// sources are the questions for the session's source that the front has not answered yet.
type sources struct {
	mu    sync.Mutex
	last  int64
	asked map[int64]chan proto.Message
}

// isCell tells whether a file, as the runtime has it, is a cell.
func isCell(file string) bool { return strings.HasPrefix(filepath.Base(file), "cell[") }

// sourceName returns the name that the user gave a function.
func sourceName(function, file string) string {
	if !isCell(file) {
		return ""
	}
	return strings.ReplaceAll(function, rt.Mark, "")
}

// source gives the declarations of the session, as they are now, for functions of cells. The front knows them.
func (w *Worker) source(_, file string) ([]gosource.File, error) {
	if !isCell(file) {
		return nil, nil
	}
	id, answer := w.sources.ask()
	defer w.sources.forget(id)
	if err := w.conn.Send(proto.Message{Kind: proto.Source, ID: id}); err != nil {
		return nil, err
	}
	select {
	case m := <-answer:
		if len(m.Sources) == 0 {
			return nil, errors.New("the session declares nothing")
		}
		return m.Sources, nil
	case <-rt.Halt():
		panic(rt.Interrupted{})
	}
}

func (s *sources) ask() (int64, <-chan proto.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = map[int64]chan proto.Message{}
	}
	s.last++
	c := make(chan proto.Message, 1)
	s.asked[s.last] = c
	return s.last, c
}

func (s *sources) forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.asked, id)
}

// sourced takes an answer of the front; one to a question that nobody waits for any more is dropped.
func (w *Worker) sourced(m proto.Message) {
	w.sources.mu.Lock()
	defer w.sources.mu.Unlock()
	if c := w.sources.asked[m.ID]; c != nil {
		c <- m
		delete(w.sources.asked, m.ID)
	}
}
