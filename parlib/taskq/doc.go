// Package taskq is a durable queue of tasks: programs submit them, workers in any process run them, and a broker keeps them on disk until
// they are done. Tasks that fail are tried again; those whose worker or broker was killed are done by others, or later.
//
//	b, err := broker.Start(broker.Options{Dir: "tasks"})                    // not in notebooks, which have one
//	q, err := taskq.Open(ctx, taskq.Options{Broker: b})
//	add := taskq.Define(q, "add", func(ctx context.Context, in Pair) (int, error) { return in.A + in.B, nil })
//	worker, err := q.Work(ctx, 4)                                           // up to 4 at once
//	r, err := add.Submit(ctx, Pair{1, 2}, taskq.Retry(3, time.Second))
//	sum, err := r.Get(ctx)
//
// It does what Celery does for Python, with Go's types: tasks, retries with growing delays, time limits, dead letters ([Queue.List] and
// [Queue.Requeue]), results, progress, revocation, and workflows: [Then] makes chains and [Group] groups, and of both are chords.
// Inputs and results travel as JSON, and may have together nearly 1 MiB; what is larger belongs into a file, whose name is passed.
//
// # What is promised
//
// A task is run at least once, and completed exactly once. In detail:
//
//   - When Submit has returned without an error the task is on disk. It is not lost when this process, workers, or the broker are
//     killed; with broker.Options.Sync not in a power failure either.
//   - Each task gets one result. Of two workers that run the same task, since the first was thought dead, only one can complete it: the
//     broker refuses the other, and throws away what that has computed.
//   - A handler may run more than once: it may be killed after its work and before its result is stored. No queue can prevent that.
//     Where a handler changes something outside, make that idempotent: doing it twice has to be the same as doing it once. [Current]
//     tells the task's ID for that, by which a database can see that a payment was made already.
//   - Two submissions with one [ID] are one task.
//
// A task whose worker vanishes is given to another after the lease, see [Options]. A handler's own failure counts against [Retry], a
// vanished worker does not; but after the sixth time the task is dead, since it may well be what kills them.
//
// # The broker
//
// The broker is a NATS server with JetStream. A program runs one within itself by package broker, which costs it some 17 MB of code and a
// few milliseconds of its start; this package alone is the client. Other processes come by [Queue.URL], if the broker listens: on this
// machine, and with a token. Any other NATS server will do, too, by its URL; for workers on other machines take one with TLS.
//
// In notebooks Open starts a broker by itself, as a process of its own: taskq.Open(ctx, taskq.Options{Dir: "tasks"}). Sessions that name
// the same folder share it. It ends when the last queue is closed, or its last session has ended, and is started again by whoever misses
// it. When the process dies that runs the cells, the broker lives on, and the tasks are in its folder anyway.
package taskq
