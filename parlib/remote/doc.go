// Package remote calls methods of Go objects that live in other processes.
//
// One process registers an object, whose exported methods are then there for others:
//
//	server, err := remote.Listen(remote.Options{})
//	err = server.Register("counter", &Counter{})
//	fmt.Println(server.URL()) // what others need to know
//
// Another calls them, with a context each, by name or by functions of a struct:
//
//	client, err := remote.Dial(ctx, url)
//	n, err := remote.Call[int](ctx, client, "counter.Add", 3)
//
//	var counter struct {
//		Add   func(ctx context.Context, n int) (int, error)
//		Reset func(ctx context.Context) error
//	}
//	err = remote.Bind(ctx, client, "counter", &counter)
//	n, err = counter.Add(ctx, 3)
//
// It is what Pyro is for Python, made of net/rpc: that carries the calls, any number at once over one connection. Beside it, this package
// takes methods as they are, with any number of arguments; it lists them; it hands contexts on, so that a call that nobody waits for any
// more can stop; and a panic in a method is an error for who called it, and no end for the server.
//
// # Methods
//
// A method can be called if it is exported and has one of these forms, with any number of arguments A, B…:
//
//	func (o *Object) M(ctx context.Context, a A, b B) (R, error)
//
// where ctx, R and error may each be missing. Arguments and results travel as package encoding/gob sends them: exported fields,
// no functions or channels, and integers of any size for each other as long as the number fits. The object is shared by all its
// callers, who call at the same time: it must lock what it changes.
//
// # When things go wrong
//
// A call ends with an error when its context ends, when the connection is lost (the error wraps ErrLost; the method may have run or not,
// and nothing is called again by itself), and when the method returns an error or panics (an *Error). Set a limit for every call:
// a machine that is switched off says nothing.
//
// # Who may call
//
// The server listens on this machine alone by default, and clients must show a token, which is part of the URL. There is no
// encryption: on an open network use a tunnel.
package remote
