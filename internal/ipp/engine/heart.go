package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/warren-go/warren/internal/wire"
)

// missedLimit is how many pings in a row may be missing before the controller counts as gone, as for Python's engines.
const missedLimit = 50

// ErrControllerGone says that the controller has closed its connections or does not ping any more.
var ErrControllerGone = errors.New("the controller is gone")

// beat echoes the controller's pings, whatever the executor does, until ctx ends or the controller is gone.
func beat(ctx context.Context, ping, pong *wire.Link, period time.Duration) error {
	limit := missedLimit * period
	silence := time.NewTimer(limit)
	defer silence.Stop()
	for {
		select {
		case m, ok := <-ping.Messages():
			if !ok {
				return fmt.Errorf("heartbeat: %w", ErrControllerGone)
			}
			if err := pong.Send(ctx, m); err != nil {
				return lost(ctx, "heartbeat", err)
			}
			silence.Reset(limit)
		case <-silence.C:
			return fmt.Errorf("no heartbeat for %v: %w", limit, ErrControllerGone)
		case <-ctx.Done():
			return nil
		}
	}
}

// lost explains why nothing could be sent: nil when the engine ends anyway.
func lost(ctx context.Context, socket string, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %w", socket, ErrControllerGone, err)
}
