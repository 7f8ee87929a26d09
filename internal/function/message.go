package function

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"

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
	missing // the answer that asks for compiled cells, see Supply
)

// IsMessage tells whether buffers are a message of this package.
func IsMessage(buffers [][]byte) bool {
	return len(buffers) > 0 && bytes.HasPrefix(buffers[0], []byte(Magic))
}

// assemble makes a message: behind Magic its kind, the name of the store that the sender has a part in, the environment, and then
// the head of what a writer has written. The other buffers are those beside the environment, and those beside the head.
func assemble(k kind, store string, e *section, head []byte, aside [][]byte) [][]byte {
	first := make([]byte, 0, len(Magic)+1+3*binary.MaxVarintLen64+len(store)+len(e.head)+len(head))
	first = append(append(first, Magic...), byte(k))
	first = append(binary.AppendUvarint(first, uint64(len(store))), store...)
	first = binary.AppendUvarint(first, uint64(len(e.aside)))
	first = append(binary.AppendUvarint(first, uint64(len(e.head))), e.head...)
	return slices.Concat([][]byte{append(first, head...)}, e.aside, aside)
}

// request makes the message of what was written.
func request(k kind, w *value.Writer, o options) ([][]byte, error) {
	e := o.environment
	if !e.fits(w) {
		var err error
		if e, err = capture(w, o); err != nil {
			return nil, err
		}
	}
	section, err := e.section(o.store)
	if err != nil {
		return nil, err
	}
	head, aside := w.Buffers()
	return assemble(k, nameOf(o.store), section, head, aside), nil
}

func nameOf(s value.Store) string {
	if s == nil {
		return ""
	}
	return s.Name()
}

// opened is a message that has come.
type opened struct {
	kind    kind
	store   string        // name of the sender's
	luggage *luggage      // nil for none
	rest    *value.Reader // of the variables behind it
	head    []byte
	aside   [][]byte
	*value.Reader
}

var errNoMessage = fmt.Errorf("function: the message does not begin as those of Go calls do, with %q", Magic)

// open is the reverse of assemble.
func open(buffers [][]byte, o options) (m opened, err error) {
	if !IsMessage(buffers) || len(buffers[0]) == len(Magic) {
		return m, errNoMessage
	}
	m.kind = kind(buffers[0][len(Magic)])
	rest, aside := buffers[0][len(Magic)+1:], buffers[1:]
	store, rest, ok := cut(rest)
	if !ok {
		return m, errNoMessage
	}
	n, size := binary.Uvarint(rest)
	if size <= 0 || n > uint64(len(aside)) {
		return m, errNoMessage
	}
	section, head, ok := cut(rest[size:])
	if !ok {
		return m, errNoMessage
	}
	if len(section) > 0 {
		m.luggage, m.rest = new(luggage), value.NewReader(section, aside[:n], o.store)
		if err := value.Read(m.rest, m.luggage); err != nil {
			return m, fmt.Errorf("function: what came with a call cannot be read: %w", err)
		}
	}
	m.store, m.head, m.aside = string(store), head, aside[n:]
	m.Reader = value.NewReader(m.head, m.aside, o.store)
	return m, nil
}

// cut takes bytes, before which stands how many they are.
func cut(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}

// Option changes how messages are made and read.
type Option func(*options)

type options struct {
	store       value.Store
	variables   Variables
	environment *Environment
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
	o := optionsOf(list)
	w := &value.Writer{Store: o.store}
	if err := value.Write(w, &t); err != nil {
		return nil, fmt.Errorf("function: Encode: %w", err)
	}
	return request(runTask, w, o)
}

// EncodeIdentity makes the message to which the answer is the Identity of the process that gets it, also if it runs another program.
func EncodeIdentity() [][]byte { return assemble(askIdentity, "", new(section), nil, nil) }

// Run does what a message asks for, and returns the message with the result, for Decode, or one that asks for more, see Supply. What the task returns or panics with is an
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
	if m.luggage != nil {
		err := process.arrive(m.luggage, m.rest)
		if e, ok := errors.AsType[*MissingError](err); ok {
			return answer(missing, e.IDs, options{})
		}
		if err != nil {
			return nil, err
		}
	}
	out, err := do(ctx, m.Reader, o)
	if err != nil {
		return nil, err
	}
	if nameOf(o.store) != m.store {
		o.store = nil
	}
	return answer(result, out, o)
}

// answer makes a message of a value.
func answer[T any](k kind, v T, o options) ([][]byte, error) {
	w := value.Writer{Store: o.store}
	if err := value.Write(&w, &v); err != nil {
		return nil, fmt.Errorf("function: Run: the result cannot be sent: %w", err)
	}
	head, aside := w.Buffers()
	return assemble(k, nameOf(o.store), new(section), head, aside), nil
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
