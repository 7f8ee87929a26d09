package worker

import (
	"errors"
	"fmt"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/display/comm"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// publisher sends what package display shows to the front.
type publisher struct{ w *Worker }

func (p publisher) send(kind string, d display.Data) error {
	return p.show(proto.Message{Kind: kind, Data: &d})
}

// Comm sends a message of a comm.
func (p publisher) Comm(m comm.Packet) error {
	return p.show(proto.Message{Kind: proto.Comm, Comm: &m})
}

// show sends a message and waits until the front has dealt with it, and with all that was printed before: what is
// printed next must come after it.
func (p publisher) show(m proto.Message) error {
	m.ID = p.w.origin()
	flushC()
	p.w.showing.Lock()
	defer p.w.showing.Unlock()
	if err := p.w.conn.Send(m); err != nil {
		return err
	}
	<-p.w.shown
	return nil
}

func (p publisher) Display(d display.Data) error { return p.send(proto.Display, d) }
func (p publisher) Update(d display.Data) error  { return p.send(proto.Update, d) }
func (p publisher) Result(d display.Data) error  { return p.send(proto.Result, d) }
func (p publisher) Page(d display.Data) error    { return p.send(proto.Page, d) }

func (p publisher) Clear(wait bool) error {
	return p.show(proto.Message{Kind: proto.Clear, Flag: wait})
}

func (p publisher) SetNextInput(text string, replace bool) error {
	return p.show(proto.Message{Kind: proto.Next, Text: text, Flag: replace})
}

// Input asks one question at a time, and gives up when the run is stopped.
func (p publisher) Input(prompt string, password bool) (string, error) {
	halt := rt.Halt()
	select {
	case p.w.asking <- struct{}{}:
		defer func() { <-p.w.asking }()
	case <-halt:
		panic(rt.Interrupted{})
	}
	flushC()
	answer, id := p.w.question()
	if err := p.w.conn.Send(proto.Message{Kind: proto.Input, ID: id, Text: prompt, Flag: password}); err != nil {
		return "", err
	}
	select {
	case m := <-answer:
		if m.Error != "" {
			return "", errors.New(m.Error)
		}
		return m.Text, nil
	case <-halt:
		panic(rt.Interrupted{})
	}
}

// question returns where the answer to the next question will come.
func (w *Worker) question() (<-chan proto.Message, int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.questions++
	w.answer = make(chan proto.Message, 1)
	return w.answer, w.questions
}

// answered takes an answer of the front; one to a question that nobody waits for any more is dropped.
func (w *Worker) answered(m proto.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.ID == w.questions && w.answer != nil {
		w.answer <- m
		w.answer = nil
	}
}

// showResult shows the values of a last expression, and keeps them in Out.
func (w *Worker) showResult(values []any) {
	rt.Poll() // what was given up shows nothing to those that follow
	r, capture := w.taker()
	if capture != nil {
		capture(values)
		return
	}
	if n := len(values); n > 1 && values[n-1] == nil {
		values = values[:n-1] // the nil error of a call that went well
	}
	if len(values) == 1 && values[0] == nil {
		return
	}
	if r != nil {
		rt.Out[r.count] = kept(values)
	}
	if d := display.RenderAll(values); len(d.Data) > 0 {
		w.result(values, d)
	}
}

// capture has take get the values of a run's last expression, until take is nil. A run that was given up may never come to that, without
// harm to those that follow.
func (w *Worker) capture(r *run, take func(values []any)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.capture = take
}

// taker returns the run under way, and what takes its results, unless that is the front.
func (w *Worker) taker() (r *run, capture func(values []any)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.current == nil {
		return nil, nil
	}
	return w.current, w.current.capture
}

// result sends a cell's result, or says why it cannot.
func (w *Worker) result(values []any, d display.Data) {
	if err := (publisher{w}).Result(display.Encode(d)); err != nil {
		text := fmt.Sprintf("(the result, a %T, cannot be shown: %v)", kept(values), err)
		publisher{w}.Result(display.Data{Data: display.MIMEMap{display.MIMETypeText: text}})
	}
}

// kept is what Out keeps of a cell's values: the one, or all of them.
func kept(values []any) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}
