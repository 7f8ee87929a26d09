// Package rank is what programs of %%mpiexec do beside their work: they show things in the notebook.
package rank

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/warren-go/warren/internal/mpienv"
	"github.com/warren-go/warren/internal/relay"
	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/proto"
)

// Stream is the stream of a relay that displays go through, as messages of package proto.
const Stream = "display"

// Connect has package display show what it is given in the notebook that started this process, if one did.
func Connect() {
	_, number, _ := mpienv.Started()
	c, err := relay.Dial(number, Stream)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if c != nil && err == nil {
		display.Connect(&publisher{conn: proto.NewConn(c)})
	}
}

// publisher sends what is shown, a thing at a time.
type publisher struct {
	mu   sync.Mutex
	conn *proto.Conn
}

// show returns when the notebook has what it was sent: what is printed next comes after it.
func (p *publisher) show(m proto.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.conn.Send(m); err != nil {
		return err
	}
	if _, err := p.conn.Receive(); err != nil {
		return fmt.Errorf("the notebook is gone: %w", err)
	}
	return nil
}

func (p *publisher) Display(d display.Data) error {
	return p.show(proto.Message{Kind: proto.Display, Data: &d})
}
func (p *publisher) Update(d display.Data) error {
	return p.show(proto.Message{Kind: proto.Update, Data: &d})
}
func (p *publisher) Result(d display.Data) error {
	return p.show(proto.Message{Kind: proto.Display, Data: &d})
}
func (p *publisher) Page(d display.Data) error {
	return p.show(proto.Message{Kind: proto.Page, Data: &d})
}
func (p *publisher) Clear(wait bool) error {
	return p.show(proto.Message{Kind: proto.Clear, Flag: wait})
}
func (p *publisher) SetNextInput(string, bool) error {
	return errors.New("display: SetNextInput: ranks of a program cannot write cells")
}
func (p *publisher) Input(string, bool) (string, error) {
	return "", errors.New("display: Input: ranks of a program cannot ask; pass them what they need in the cell")
}

// Receive calls show for each message that a process sends over a stream.
func Receive(c io.ReadWriter, show func(proto.Message)) {
	conn := proto.NewConn(stream{c})
	for {
		m, err := conn.Receive()
		if err != nil {
			return
		}
		show(m)
		if conn.Send(proto.Message{Kind: proto.Shown}) != nil {
			return
		}
	}
}

// stream is closed by whoever opened it.
type stream struct{ io.ReadWriter }

func (stream) Close() error { return nil }
