package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/warren-go/warren/parlib/taskq/internal/shared"
)

const (
	glance      = 50 * time.Millisecond // between two looks at who is connected
	firstClient = 10 * time.Second      // for the first one to come, if the broker is to end without any
)

// errRemoved ends a broker whose folder is no longer there.
var errRemoved = errors.New("the broker's folder was removed")

// Serve is a broker that is a process of its own. It starts one, on a free port of this machine if Options.Listen is "", prints its URL as a
// line, and ends it with ctx, or when its folder is removed. With untilUnused it ends, too, when the last client has gone, or when none
// has come for ten seconds. The process is to end with it: where its folder was removed it leaves the server as it is, and writes nothing
// to what may be there by now. Notebook sessions start such a broker by "warren broker", find it by its folder, and share it.
func Serve(ctx context.Context, opts Options, untilUnused bool, out io.Writer) error {
	if opts.Listen == "" {
		opts.Listen = "127.0.0.1:0"
	}
	b, err := Start(opts)
	if err != nil {
		return err
	}
	if err := b.serve(ctx, untilUnused, out); err != nil {
		if !errors.Is(err, errRemoved) {
			err = errors.Join(err, b.Close())
		}
		return fmt.Errorf("broker: Serve: %w", err)
	}
	return b.Close()
}

func (b *Broker) serve(ctx context.Context, untilUnused bool, out io.Writer) error {
	nc, err := nats.Connect("", nats.InProcessServer(b), nats.Token(b.token))
	if err != nil {
		return err
	}
	defer nc.Close()
	// Who takes leave asks how many are connected, so as to know whether the broker ends with him.
	_, err = nc.Subscribe(shared.Leave, func(m *nats.Msg) { _ = m.Respond([]byte(strconv.Itoa(b.others()))) })
	if err == nil {
		err = nc.Flush()
	}
	if err == nil {
		_, err = fmt.Fprintln(out, b.url)
	}
	if err != nil {
		return err
	}
	return b.watch(ctx, untilUnused)
}

// others is how many are connected, beside Serve itself.
func (b *Broker) others() int { return b.server.NumClients() - 1 }

// everConnected is how many clients a server has had, also for a moment only.
func everConnected(s *server.Server) uint64 {
	v, err := s.Varz(nil)
	if err != nil {
		return 0
	}
	return v.TotalConnections
}

// watch returns when the broker is to end.
func (b *Broker) watch(ctx context.Context, untilUnused bool) error {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	used, began := false, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if b.lock.Gone() {
			return errRemoved
		}
		used = used || b.clients() > 1
		if untilUnused && b.others() == 0 && (used || time.Since(began) > firstClient) {
			return nil
		}
	}
}
