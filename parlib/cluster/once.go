package cluster

import (
	"sync"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/shm"
	"github.com/warren-go/warren/internal/value"
)

// once is what is the same for all messages of a job: it is made once for engines that share memory with this process, and once
// for the others.
type once[T any] struct {
	make func(store value.Store) (T, error)

	shared, sent made[T]
	batch        *shm.Batch // holds what is shared until the job is over
}

type made[T any] struct {
	sync.Once
	value T
	err   error
}

// get is the value for engines with that store, or without if it is nil.
func (o *once[T]) get(store value.Store) (T, error) {
	m := &o.sent
	if store != nil && o.batch != nil {
		m, store = &o.shared, o.batch
	} else {
		store = nil
	}
	m.Do(func() { m.value, m.err = o.make(store) })
	return m.value, m.err
}

// open begins the time in which data is shared, which the function that it returns ends.
func (o *once[T]) open(s *shm.Store) (end func()) {
	if s == nil {
		return func() {}
	}
	o.batch = s.Batch()
	return func() { _ = o.batch.Close() } // what cannot be removed now is removed with the store
}

// message is the part of a work whose request is the same for all its items.
type message struct{ once[[][]byte] }

func (m *message) request(_ span, store value.Store) (client.Request, error) {
	buffers, err := m.get(store)
	return client.Apply(buffers, nil), err
}

// environment is what the functions of a job need beside their code, as it is when the first of them is sent: all items see the same
// variables.
type environment struct{ once[*function.Environment] }

// with begins an environment for tasks like t.
func (e *environment) with(t function.Task) {
	e.make = func(s value.Store) (*function.Environment, error) { return function.Capture(t, function.WithStore(s)) }
}

// encode makes the message of a task.
func (e *environment) encode(t function.Task, store value.Store) ([][]byte, error) {
	env, err := e.get(store)
	if err != nil {
		return nil, err
	}
	return function.Encode(t, function.WithStore(store), function.WithEnvironment(env))
}
