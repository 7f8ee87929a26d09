// Package comm lets cells exchange messages with code in the front end, such as a widget: over what Jupyter calls comms.
//
// It is in scope in every cell without an import. Either side opens a comm for a target, a name that both know:
//
//	comm.Register("counter", func(c *comm.Comm, open comm.Message) {        // the front end opens it
//		c.OnMessage(func(m comm.Message) { c.Send(map[string]any{"double": 2 * m.Data["n"].(float64)}) })
//	})
//
//	c, err := comm.Open("jupyter.widget", comm.Message{Data: state, Metadata: version}) // the session opens it
//	c.OnMessage(func(m comm.Message) { … })
//
// A message is a JSON object, and any number of binary buffers beside it. The protocols above that, such as that of
// ipywidgets, whose target is jupyter.widget, are the caller's.
//
// Handlers run one after the other in the order of the messages, in a goroutine of their own beside a cell that runs: what
// they share with cells needs a mutex or a channel, as with every goroutine. What a handler shows belongs to the message that
// it handles, and so does text it prints while no cell runs. A panic in a handler is shown there and ends that handler only;
// an interrupt ends it, too, while no cell runs. Comms end with the worker process, and the front end is told.
//
// In a program that no kernel runs there is no front end: targets are never opened, and what is sent goes nowhere.
package comm
