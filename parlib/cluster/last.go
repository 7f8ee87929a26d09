package cluster

import (
	"sync/atomic"
	"weak"
)

// last is the cluster that was made last in this process. It is not kept from closing itself.
var last atomic.Pointer[weak.Pointer[Cluster]]

// remember makes c the last cluster.
func remember(c *Cluster) *Cluster {
	w := weak.Make(c)
	last.Store(&w)
	return c
}

// Last returns the cluster that Start or Connect has made last in this process, or nil when that is closed, or was never made. In a
// notebook it is the one that %px uses, and that %cluster has started.
func Last() *Cluster {
	w := last.Load()
	if w == nil {
		return nil
	}
	c := w.Value()
	if c == nil || c.client.Err() != nil {
		return nil
	}
	return c
}
