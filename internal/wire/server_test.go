package wire

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

// diary writes down what a server tells.
type diary struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
	wake(d.more)
}

func (d *diary) events() Events {
	return Events{
		Joined:  func(p *Peer) { d.note("%s joined", p.ID()) },
		Message: func(p *Peer, frames [][]byte) { d.note("%s says %s", p.ID(), frames[0]); p.Send(frames) },
		Left:    func(p *Peer) { d.note("%s left", p.ID()) },
	}
}

// expect waits for as many lines as it wants.
func (d *diary) expect(t *testing.T, want ...string) {
	t.Helper()
	for {
		d.mu.Lock()
		got := append([]string(nil), d.lines...)
		d.mu.Unlock()
		if len(got) >= len(want) {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %q, want %q", got, want)
			}
			return
		}
		select {
		case <-d.more:
		case <-within(t).Done():
			t.Fatalf("only %q", got)
		}
	}
}

// Everything that a peer says comes before it is said to have left.
func TestServerTellsOfPeersInOrder(t *testing.T) {
	d := &diary{more: make(chan struct{}, 1)}
	s := NewRouterServer(listen(t), quiet(), d.events())
	defer s.Close()
	l, err := DialDealer(within(t), "tcp://"+s.Addr().String(), "me")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"me joined"}
	for i := range 100 {
		if err := l.Send(within(t), [][]byte{fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("me says %d", i))
	}
	for i := range 100 {
		if got := take(t, l.Messages()); got != fmt.Sprint(i) {
			t.Errorf("got %q back, want %d", got, i)
		}
	}
	l.Close()
	d.expect(t, append(want, "me left")...)
}

// Names are no secret: who comes by one that is taken must not get what is sent to it. It may come when the other has left.
func TestServerRefusesANameThatIsTaken(t *testing.T) {
	d := &diary{more: make(chan struct{}, 1)}
	s := NewRouterServer(listen(t), quiet(), d.events())
	defer s.Close()
	dial := func() *Link {
		l, err := DialDealer(within(t), "tcp://"+s.Addr().String(), "me")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	say := func(l *Link, text string) {
		t.Helper()
		if err := l.Send(within(t), [][]byte{[]byte(text)}); err != nil {
			t.Fatal(err)
		}
		if got := take(t, l.Messages()); got != text {
			t.Errorf("got %q back, want %q", got, text)
		}
	}
	first := dial()
	say(first, "before")
	select {
	case <-dial().Done():
	case <-within(t).Done():
		t.Fatal("the connection stays open")
	}
	say(first, "after")
	first.Close()
	d.expect(t, "me joined", "me says before", "me says after", "me left")
	for len(s.everyone()) > 0 { // its name is free after that
		time.Sleep(time.Millisecond)
	}
	say(dial(), "again")
}

func TestServerEndsAPeer(t *testing.T) {
	d := &diary{more: make(chan struct{}, 1)}
	e := d.events()
	e.Message = func(p *Peer, _ [][]byte) {
		p.Close()
		p.Send([][]byte{[]byte("lost")})
		p.Wait(t.Context())
	}
	s := NewCollectorServer(listen(t), quiet(), e)
	defer s.Close()
	l, err := DialPublisher(within(t), "tcp://"+s.Addr().String(), "me")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := take(t, l.Messages()); got != "\x01" {
		t.Errorf("the subscription is %q", got)
	}
	if err := l.Send(within(t), [][]byte{[]byte("topic")}); err != nil {
		t.Fatal(err)
	}
	<-l.Done()
	d.expect(t, "me joined", "me left")
}

// Frames that are larger than what is allocated at a word arrive whole.
func TestLargeFramesPass(t *testing.T) {
	e := Events{
		Joined:  func(*Peer) {},
		Message: func(p *Peer, frames [][]byte) { p.Send(frames) },
		Left:    func(*Peer) {},
	}
	s := NewRouterServer(listen(t), quiet(), e)
	defer s.Close()
	l, err := DialDealer(within(t), "tcp://"+s.Addr().String(), "me")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	big := bytes.Repeat([]byte("0123456789"), atOnce/10+1)
	if err := l.Send(within(t), [][]byte{[]byte("a"), big, nil, []byte("b")}); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-l.Messages():
		if len(m) != 4 || !bytes.Equal(m[1], big) || len(m[2]) != 0 || string(m[3]) != "b" {
			t.Errorf("%d frames came back", len(m))
		}
	case <-within(t).Done():
		t.Fatal("nothing came back")
	}
}
