package controller

import "github.com/warren-go/warren/internal/wire"

// outputEvents passes what engines publish on to the clients that have subscribed to it.
func (c *Controller) outputEvents() wire.Events {
	return wire.Events{
		Joined: func(*wire.Peer) {},
		Left:   func(*wire.Peer) {},
		Message: func(p *wire.Peer, frames [][]byte) {
			if m, ok := c.unseal(p, frames); ok && len(m.Idents) > 0 {
				c.output.Publish(frames)
			}
		},
	}
}
