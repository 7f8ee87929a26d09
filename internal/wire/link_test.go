package wire

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"
)

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// take is the next message of a channel, joined by spaces.
func take(t *testing.T, from <-chan [][]byte) string {
	t.Helper()
	select {
	case m := <-from:
		return string(bytes.Join(m, []byte(" ")))
	case <-within(t).Done():
		t.Fatal("no message came")
		return ""
	}
}

func TestDealerTalksWithRouter(t *testing.T) {
	r := openRouter(t)
	l, err := DialDealer(within(t), "tcp://"+r.Addr().String(), "me")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Send(within(t), [][]byte{[]byte("question")}); err != nil {
		t.Fatal(err)
	}
	if got := take(t, r.Messages()); got != "me question" {
		t.Errorf("the router got %q", got)
	}
	if !r.Send([][]byte{[]byte("me"), []byte("answer")}) || r.Send([][]byte{[]byte("you"), []byte("answer")}) {
		t.Error("the router does not say whom it knows")
	}
	if got := take(t, l.Messages()); got != "answer" {
		t.Errorf("the dealer got %q", got)
	}
}

func TestSubscriberGetsItsTopicsOnly(t *testing.T) {
	pub := openPublisher(t)
	l, err := DialSubscriber(within(t), "tcp://"+pub.Addr().String(), "b")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := take(t, l.Messages()); got != "b welcome" {
		t.Errorf("got %q", got)
	}
	pub.Publish([][]byte{[]byte("a")})
	pub.Publish([][]byte{[]byte("b"), []byte("1")})
	if got := take(t, l.Messages()); got != "b 1" {
		t.Errorf("got %q", got)
	}
}

// The publisher here sends all; that of libzmq sends only what the collector has subscribed to.
func TestCollectorSubscribesAndCollects(t *testing.T) {
	c := NewCollector(listen(t), quiet())
	defer c.Close()
	l, err := DialPublisher(within(t), "tcp://"+c.Addr().String(), "me")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := take(t, l.Messages()); got != "\x01" {
		t.Errorf("the subscription is %q", got)
	}
	if err := l.Send(within(t), [][]byte{[]byte("topic"), []byte("1")}); err != nil {
		t.Fatal(err)
	}
	if got := take(t, c.Messages()); got != "topic 1" {
		t.Errorf("got %q", got)
	}
}

// Engines may start before the controller does.
func TestDialWaitsForTheListener(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	dialled := make(chan error, 1)
	go func() {
		l, err := DialDealer(within(t), "ipc://"+path, "me")
		if err == nil {
			l.Close()
		}
		dialled <- err
	}()
	time.Sleep(2 * retryTime)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer NewRouter(listener, quiet()).Close()
	if err := <-dialled; err != nil {
		t.Error(err)
	}
}

func TestDialFails(t *testing.T) {
	silent := listen(t)
	defer silent.Close()
	tests := map[string]string{
		"no scheme":      "127.0.0.1:1",
		"unknown scheme": "pgm://127.0.0.1:1",
		"nobody listens": "ipc://" + filepath.Join(t.TempDir(), "s"),
		"no handshake":   "tcp://" + silent.Addr().String(),
	}
	for name, address := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*retryTime)
			defer cancel()
			if l, err := DialDealer(ctx, address, "me"); err == nil {
				l.Close()
				t.Error("no error")
			}
		})
	}
}

// Whoever waits to send, or for messages, hears that the other side is gone.
func TestLossIsHeardOf(t *testing.T) {
	r := NewRouter(listen(t), quiet())
	l, err := DialDealer(within(t), "tcp://"+r.Addr().String(), "me")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const senders = 3
	sent := make(chan error, senders)
	for range senders {
		go func() {
			for {
				if err := l.Send(context.Background(), [][]byte{make([]byte, queueLimit/2)}); err != nil {
					sent <- err
					return
				}
			}
		}()
	}
	r.Close()
	for range senders {
		select {
		case err := <-sent:
			if !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		case <-within(t).Done():
			t.Fatal("a sender still waits")
		}
	}
	if _, open := <-l.Messages(); open {
		t.Error("there are messages of nobody")
	}
	<-l.Done()
}
