package function

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"

	"github.com/warren-go/warren/internal/value"
)

// Magic begins the first buffer of every message.
const Magic = "warren/1\x00"

// kind says what a message asks for.
type kind byte

const (
	runTask kind = iota
	askIdentity
	setVariables
	getVariables
	result
)

// IsMessage tells whether buffers are a message of this package.
func IsMessage(buffers [][]byte) bool {
	return len(buffers) > 0 && bytes.HasPrefix(buffers[0], []byte(Magic))
}

// message puts a kind, and the name of the store that the sender has a part in, before what a writer has written.
func message(k kind, w *value.Writer) [][]byte {
	head, aside := w.Buffers()
	name := ""
	if w.Store != nil {
		name = w.Store.Name()
	}
	first := make([]byte, 0, len(Magic)+1+binary.MaxVarintLen64+len(name)+len(head))
	first = append(append(first, Magic...), byte(k))
	first = append(binary.AppendUvarint(first, uint64(len(name))), name...)
	return append([][]byte{append(first, head...)}, aside...)
}

// opened is a message that has come.
type opened struct {
	kind  kind
	store string // name of the sender's
	*value.Reader
}

var errNoMessage = fmt.Errorf("function: the message does not begin as those of Go calls do, with %q", Magic)

// open is the reverse of message.
func open(buffers [][]byte, o options) (opened, error) {
	if !IsMessage(buffers) || len(buffers[0]) == len(Magic) {
		return opened{}, errNoMessage
	}
	k, rest := kind(buffers[0][len(Magic)]), buffers[0][len(Magic)+1:]
	n, size := binary.Uvarint(rest)
	if size <= 0 || n > uint64(len(rest)-size) {
		return opened{}, errNoMessage
	}
	name, head := string(rest[size:size+int(n)]), rest[size+int(n):]
	return opened{k, name, value.NewReader(head, buffers[1:], o.store)}, nil
}

// Option changes how messages are made and read.
type Option func(*options)

type options struct {
	store     value.Store
	variables Variables
}

// WithStore has large slices go through a store. Results go through one only if the request came from a process that has a part in
// it; who makes a request has to know that the receiver has, see Identity.Store. nil stands for none.
func WithStore(s value.Store) Option { return func(o *options) { o.store = s } }

func optionsOf(list []Option) (o options) {
	for _, change := range list {
		change(&o)
	}
	return o
}

// Encode makes the message that asks another process to run a task.
func Encode(t Task, list ...Option) ([][]byte, error) {
	if t == nil {
		return nil, errors.New("function: Encode: the task is nil")
	}
	w := &value.Writer{Store: optionsOf(list).store}
	if err := value.Write(w, &t); err != nil {
		return nil, fmt.Errorf("function: Encode: %w", err)
	}
	return message(runTask, w), nil
}

// EncodeIdentity makes the message to which the answer is the Identity of the process that gets it, also if it runs another program.
func EncodeIdentity() [][]byte { return message(askIdentity, new(value.Writer)) }

// Run does what a message asks for, and returns the message with the result, for Decode. What the task returns or panics with is an
// *Error. The slices in the buffers belong to the task from then on.
func Run(ctx context.Context, buffers [][]byte, list ...Option) ([][]byte, error) {
	o := optionsOf(list)
	m, err := open(buffers, o)
	if err != nil {
		return nil, err
	}
	do, ok := requests[m.kind]
	if !ok {
		return nil, fmt.Errorf("function: Run: this build does not know messages of kind %d", m.kind)
	}
	out, err := do(ctx, m.Reader, o)
	if err != nil {
		return nil, err
	}
	w := new(value.Writer)
	if o.store != nil && o.store.Name() == m.store {
		w.Store = o.store
	}
	if err := value.Write(w, &out); err != nil {
		return nil, fmt.Errorf("function: Run: the result cannot be sent: %w", err)
	}
	return message(result, w), nil
}

// requests says what is done for messages of each kind.
var requests = map[kind]func(context.Context, *value.Reader, options) (any, error){
	runTask:      doTask,
	askIdentity:  doIdentify,
	setVariables: doSet,
	getVariables: doGet,
}

func doTask(ctx context.Context, r *value.Reader, _ options) (any, error) {
	var t Task
	if err := readAll(r, &t); err != nil {
		return nil, fmt.Errorf("function: Run: the call cannot be read: %w", err)
	}
	if t == nil {
		return nil, errors.New("function: Run: the message holds no call")
	}
	return run(ctx, t)
}

func doIdentify(_ context.Context, _ *value.Reader, o options) (any, error) {
	id, err := Self()
	if o.store != nil {
		id.Store = o.store.Name()
	}
	return id.fields(), err
}

// readAll reads the only value of a message.
func readAll[T any](r *value.Reader, p *T) error {
	if err := value.Read(r, p); err != nil {
		return err
	}
	return r.End()
}

// Decode reads a result. R must be its type, or an interface that it implements.
func Decode[R any](buffers [][]byte, list ...Option) (R, error) {
	var none R
	m, err := open(buffers, optionsOf(list))
	if err != nil {
		return none, err
	}
	if m.kind != result {
		return none, fmt.Errorf("function: Decode: the message is of kind %d, and no result", m.kind)
	}
	var v any
	if err := readAll(m.Reader, &v); err != nil {
		return none, fmt.Errorf("function: Decode: the result cannot be read: %w", err)
	}
	if t := reflect.TypeFor[R](); v == nil && t.Kind() == reflect.Interface {
		return none, nil
	}
	out, ok := v.(R)
	if !ok {
		return none, fmt.Errorf("function: Decode: the result is a %T, not a %v", v, reflect.TypeFor[R]())
	}
	return out, nil
}
