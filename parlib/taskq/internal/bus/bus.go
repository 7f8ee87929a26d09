// Package bus is what a queue of tasks needs of a broker: records with revisions, messages that are given out until they are
// acknowledged, and news. It is an interface so that programs, and above all the cells of notebooks, can be compiled against package
// taskq without reading the hundreds of types of a broker.
package bus

import (
	"context"
	"errors"
	"time"
)

// What the errors of a Bus wrap, as far as they are of these kinds.
var (
	ErrAway     = errors.New("the broker cannot be reached") // to be tried again; it may have been carried out all the same
	ErrClosed   = errors.New("the queue is closed")
	ErrConflict = errors.New("the record has changed") // somebody else was faster
	ErrUnknown  = errors.New("there is no such task")
	ErrTooLarge = errors.New("it is more than the broker takes at once; put large data into a file and pass its name")
)

// Bus is a connection to a broker.
type Bus interface {
	// Get returns the record of a key and its revision.
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// Create stores a record under a key that has none.
	Create(ctx context.Context, key string, value []byte) (revision uint64, err error)
	// Update changes a record that still has the given revision.
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	// Purge removes a record that still has the given revision.
	Purge(ctx context.Context, key string, revision uint64) error
	// Each calls f for every record.
	Each(ctx context.Context, f func(key string, value []byte) error) error

	// Publish stores a message for those who pull tasks of a name. One with an ID that was published lately is dropped.
	Publish(ctx context.Context, name, messageID string, data []byte) error
	// Consume begins to pull tasks of a name, together with all who do so. A message that is not acknowledged, and of which nothing is
	// heard for the time of the lease, is given to another.
	Consume(ctx context.Context, name string, lease time.Duration) (Consumer, error)

	// Announce tells those who listen, in all processes, that there are news of a key. It may get lost.
	Announce(key string)
	// Listen has f called for news.
	Listen(f func(key string)) error

	MaxPayload() int // bytes that a record or message may have
	URL() string     // where other processes reach the broker; "" if they cannot
	Close() error    // the connection; a shared broker that nobody else uses ends with it
}

// Consumer gives out messages.
type Consumer interface {
	// Pull returns the next message, or nil where none comes for a while.
	Pull(ctx context.Context) (Message, error)
}

// Message is a message that was given out.
type Message interface {
	Data() []byte
	Number() uint64          // the same whenever the message is given out
	Ack()                    // it is done with
	Back(wait time.Duration) // it is to be given out again, after a time
	Alive()                  // the lease begins anew
}

// Sleep reports whether ctx has let it sleep to the end.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
