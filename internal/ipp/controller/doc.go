// Package controller is the controller of a cluster, IPython Parallel's in Go: it runs within any process, knows engines and
// clients, and passes messages between them. Python's clients and engines (ipyparallel 8 and 9) can use it as well as Go's.
//
// What is sent where: engines register at one socket and answer heartbeats at another. Clients send requests to one engine (mux
// and control), to several (broadcast) or to any (task), and get exactly one reply to each, whatever becomes of the engine.
// What engines print and show (iopub) goes to all clients. Messages are checked and passed on as they came, without being encoded or
// signed again; only broadcasts get a new header for each engine.
//
// Engines: one is there as soon as it is connected everywhere and has answered a heartbeat, which is sent to it at once. It
// is gone when it says so, when a connection of it ends, or when it does not answer heartbeats. Then what it owed is answered by
// an EngineError, and clients are notified.
//
// Tasks go to the engine that has the fewest. Clients take turns. An engine gets a task ahead of its time only when tasks are
// so short that it would idle otherwise. The metadata of a task says which engines may run it (targets), what it depends
// on (after, follow), how long it may wait (timeout, in seconds), how often it is tried again (retries), and, which Python's
// clients do not know, that it is run again elsewhere when its engine dies (restart_lost), unless three engines have died of
// it. Tasks that can never run fail with ImpossibleDependency, InvalidDependency or TaskTimeout. An engine that replies
// UnmetDependency does not get the task again.
//
// What Python's clients cannot do here: get results that they did not ask for themselves, or that they have forgotten (get_result
// of another client's messages, db_query, resubmit), since the controller keeps none; whether a request has ended is known of
// the last million. CURVE encryption, SSH tunnels, packers other than JSON, and Dask are not there. A task that every engine has
// refused with UnmetDependency fails at once, and does not wait for an engine that may come.
//
// Whoever has the key may run code. Whoever has it not is not heard, and cannot take the place of an engine or a client
// that is connected, but who reaches the ports can read what engines print, and who sees the network can read everything, since
// nothing is encrypted. So the controller listens at 127.0.0.1 unless told otherwise.
package controller
