package wire

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A client that takes nothing slows senders down once, then loses messages, then gets them again when it takes some.
func TestStalledClientDoesNotStopOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
		large := [][]byte{make([]byte, queueLimit/2)}
		offer := func() (taken bool, waited time.Duration) {
			begin := time.Now()
			return p.offer(context.Background(), large), time.Since(begin)
		}
		for range 2 {
			if taken, waited := offer(); !taken || waited > 0 {
				t.Fatal("there was room")
			}
		}
		if taken, waited := offer(); taken || waited != stallTime {
			t.Errorf("at the limit: taken %v after %v", taken, waited)
		}
		if _, waited := offer(); waited > 0 || p.bytes > queueLimit {
			t.Errorf("a stalled client was waited for, %v, or its queue grew to %d bytes", waited, p.bytes)
		}
		if batch, ok := p.take(); !ok || len(batch) != 2 {
			t.Errorf("%d messages are left", len(batch))
		}
		p.bytes = 0
		if taken, waited := offer(); !taken || waited > 0 || p.stalled {
			t.Error("a client that takes messages again gets none")
		}
	})
}

// A full queue makes the sender wait for the client, no longer than needed.
func TestSenderWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
		large := [][]byte{make([]byte, queueLimit)}
		p.offer(context.Background(), large)
		go func() {
			time.Sleep(time.Second)
			p.mu.Lock()
			p.bytes = 0
			p.mu.Unlock()
			wake(p.room)
		}()
		begin := time.Now()
		if !p.offer(context.Background(), large) || time.Since(begin) != time.Second {
			t.Errorf("the message was not taken when there was room, but after %v", time.Since(begin))
		}
	})
}
