package controller

import "time"

// lose begins the end of an engine: it gets no requests any more. Its connections may bring replies until they end.
func (c *Controller) lose(e *engine, why string) {
	if e.state == leaving {
		return
	}
	c.Log.Info("engine lost", "engine", e.id, "uuid", e.uuid, "why", why)
	e.timer.Stop()
	c.queue.leave(e)
	if e.state == joining {
		delete(c.registry.byUUID, e.uuid)
		delete(c.registry.byID, e.id)
		e.cut()
		e.state = leaving
		return
	}
	e.state = leaving
	e.timer = time.AfterFunc(graceTime, c.locked(e.cut))
}

// indebted reports whether an engine may still answer something.
func (e *engine) indebted() bool {
	for ch, p := range e.peers {
		if p != nil && (len(e.owed[ch]) > 0 || channel(ch) == task && len(e.jobs) > 0) {
			return true
		}
	}
	return false
}

// cut ends every connection of an engine.
func (e *engine) cut() {
	for _, p := range e.peers {
		if p != nil {
			p.Close()
		}
	}
}

// abandon answers for an engine what it has not answered before it lost a channel.
func (c *Controller) abandon(e *engine, ch channel) {
	for id, r := range e.owed[ch] {
		delete(e.owed[ch], id)
		e.bereft = true
		c.settle(e.uuid, r, c.dead(e, r))
	}
	if ch == task {
		c.queue.abandon(e)
	}
}

// bury ends an engine that is leaving, and tells clients, when it does not owe anything any more.
func (c *Controller) bury(e *engine) {
	if e.indebted() || c.registry.byUUID[e.uuid] != e {
		return
	}
	e.timer.Stop()
	e.cut()
	delete(c.registry.byUUID, e.uuid)
	delete(c.registry.byID, e.id)
	if !e.bereft {
		c.notify("unregistration_notification", e)
		return
	}
	time.AfterFunc(noticeTime, c.locked(func() { c.notify("unregistration_notification", e) }))
}
