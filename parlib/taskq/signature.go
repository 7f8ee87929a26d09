package taskq

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

// Signature is work that gives an Out, not yet submitted: a task with its input, or a workflow of several. It can be submitted any number
// of times.
type Signature[Out any] struct {
	q    *Queue
	root *node
	err  error
}

// node is a task of a workflow, with those whose results it waits for.
type node struct {
	task     string // "" gathers the results of its parents
	input    json.RawMessage
	settings settings
	parents  []*node
}

// Then makes a chain: the result of first is the input of next. What fails in first fails next.
func Then[A, B any](first Signature[A], next *Task[A, B], opts ...Option) Signature[B] {
	n, err := next.node(opts)
	if err = errors.Join(first.err, err); err != nil {
		return Signature[B]{err: err}
	}
	if first.q != next.q {
		return Signature[B]{err: fmt.Errorf("Then: task %s is of another queue", next.name)}
	}
	n.parents = []*node{first.root}
	return Signature[B]{q: next.q, root: n}
}

// Group makes one of several: they run side by side, and the result is that of all, in their order. When one fails the group has
// failed; the others run on. Then(Group(…), task) is what is called a chord elsewhere.
func Group[T any](members ...Signature[T]) Signature[[]T] {
	g := Signature[[]T]{root: &node{}}
	if len(members) == 0 {
		g.err = errors.New("Group: there is nothing in it")
	}
	for i, m := range members {
		if m.err != nil {
			g.err = errors.Join(g.err, fmt.Errorf("Group: member %d: %w", i, m.err))
			continue
		}
		if g.q == nil {
			g.q = m.q
		}
		if m.q != g.q {
			g.err = errors.Join(g.err, fmt.Errorf("Group: member %d is of another queue than member 0", i))
		}
		g.root.parents = append(g.root.parents, m.root)
	}
	return g
}

// Submit queues the work, as Task.Submit does. The option ID counts for the last task of a workflow only; the others have IDs made
// of that: those that job waits for are job.0, job.1 and so on, and job.1 waits for job.1.0.
func (s Signature[Out]) Submit(ctx context.Context, opts ...Option) (*Result[Out], error) {
	id, err := s.submit(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("taskq: Submit: %w", err)
	}
	return &Result[Out]{s.q, id}, nil
}

func (s Signature[Out]) submit(ctx context.Context, opts []Option) (id string, err error) {
	switch {
	case s.err != nil:
		return "", s.err
	case s.root == nil:
		return "", errors.New("the signature is empty; Task.With makes one")
	case ctx == nil:
		return "", errors.New("the context is nil; context.Background() never ends")
	}
	root := *s.root
	for _, opt := range opts {
		opt(&root.settings)
	}
	if root.settings.err != nil {
		return "", root.settings.err
	}
	if id = root.settings.id; id == "" {
		id = rand.Text()
	}
	ctx, cancel := s.q.within(ctx)
	defer cancel()
	var leaves []string
	for _, p := range root.plan(id, time.Now()) {
		if err := s.q.fits(len(p.record.Input)); err != nil {
			return "", fmt.Errorf("the input of task %s: %w", p.record.Task, err)
		}
		r, err := s.q.enter(ctx, p.id, p.record)
		if err != nil {
			return "", err
		}
		if r.Status == Queued {
			leaves = append(leaves, p.id)
		}
	}
	for _, leaf := range leaves {
		if err := s.q.publish(ctx, leaf); err != nil {
			return "", err
		}
	}
	return id, nil
}

// planned is a record to be entered.
type planned struct {
	id     string
	record *record
}

// plan lists the records of a workflow, who waits before who is waited for.
func (n *node) plan(id string, now time.Time) []planned {
	r := &record{Task: n.task, Status: Queued, Input: n.input, Policy: n.settings.policy, Before: n.settings.before(now), Submitted: now, Parents: len(n.parents)}
	list := []planned{{id, r}}
	if len(n.parents) == 0 {
		return list
	}
	r.Status, r.Joined = Waiting, make([]bool, len(n.parents))
	for i, parent := range n.parents {
		above := parent.plan(parentID(id, i), now)
		above[0].record.Next, above[0].record.Index = id, i
		list = append(list, above...)
	}
	return list
}

func parentID(id string, index int) string { return id + "." + strconv.Itoa(index) }

// validKey is what IDs look like that Submit makes.
var validKey = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}(\.[0-9]+)*$`)

// enter stores a record, or finds that of an earlier call for the same work.
func (q *Queue) enter(ctx context.Context, id string, r *record) (*record, error) {
	for {
		_, err := q.store.create(ctx, id, r)
		if !errors.Is(err, bus.ErrConflict) {
			return r, err
		}
		old, _, err := q.store.get(ctx, id)
		if errors.Is(err, ErrUnknown) { // forgotten in between
			continue
		}
		if err != nil {
			return nil, err
		}
		same := r.Parents > 0 || bytes.Equal(old.Input, r.Input)
		if old.Task != r.Task || old.Parents != r.Parents || old.Next != r.Next || !same {
			return nil, fmt.Errorf("ID %s is that of other work: task %q with input %.80s, now task %q with input %.80s; take another ID, or Forget the old one",
				id, old.Task, old.Input, r.Task, r.Input)
		}
		return old, nil
	}
}

// messageID tells the broker what is the same message. An ID that was forgotten and submitted anew is not.
func (r *record) messageID(id string) string {
	return fmt.Sprintf("%s/%d/%d", id, r.Submitted.UnixNano(), r.Round)
}

// publish hands a queued task to the workers. To do it twice is harmless: the broker drops what it has seen of late, and workers drop
// duplicates of a message by which a task was taken.
func (q *Queue) publish(ctx context.Context, id string) error {
	r, _, err := q.store.get(ctx, id)
	if err != nil {
		return err
	}
	_, err = persist(ctx, func(ctx context.Context) (any, error) {
		return nil, q.bus.Publish(ctx, r.Task, r.messageID(id), []byte(id))
	})
	return err
}
