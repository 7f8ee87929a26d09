package broker

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// serve runs Serve on a new folder; ended gets what it returns.
func serve(t *testing.T, ctx context.Context, untilUnused bool) (dir, url string, ended <-chan error) {
	t.Helper()
	dir = t.TempDir()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, Options{Dir: dir}, untilUnused, w) }()
	url, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return dir, strings.TrimSpace(url), done
}

func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir, url, ended := serve(t, ctx, false)
	nc := connect(t, url)
	defer nc.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	startBroker(t, Options{Dir: dir}) // it is free
}

func TestServeEndsWithItsLastClient(t *testing.T) {
	_, url, ended := serve(t, t.Context(), true)
	first, second := connect(t, url), connect(t, url)
	second.Close()
	if err := first.FlushTimeout(10 * time.Second); err != nil {
		t.Errorf("it ended before its last client: %v", err)
	}
	first.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeGoesOnWithoutClients(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, url, ended := serve(t, ctx, false)
	for range 3 {
		connect(t, url).Close()
		time.Sleep(4 * glance)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeRefusesAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	startBroker(t, Options{Dir: dir})
	if err := Serve(t.Context(), Options{Dir: dir}, true, io.Discard); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second broker: %v", err)
	}
}

func TestServeEndsWhenNobodyReadsItsURL(t *testing.T) {
	dir := t.TempDir()
	r, w := io.Pipe()
	gone := errors.New("nobody reads this")
	r.CloseWithError(gone)
	if err := Serve(t.Context(), Options{Dir: dir}, false, w); !errors.Is(err, gone) {
		t.Error(err)
	}
	startBroker(t, Options{Dir: dir})
}
