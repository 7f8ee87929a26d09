package controller

import (
	"fmt"
	"strconv"

	"github.com/warren-go/warren/internal/background"
	"github.com/warren-go/warren/internal/wire"
)

// beat pings engines, and gives up those that have not answered for long. It counts pings, not seconds, so that a controller that
// was suspended does not take its engines for dead when it goes on.
func (c *Controller) beat(ticker *background.Ticker) {
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-c.ctx.Done():
			return
		}
		c.mu.Lock()
		c.beats++
		for _, e := range c.registry.present() {
			if e.missed++; e.missed > c.Misses {
				c.lose(e, fmt.Sprintf("it has not answered %d heartbeats", c.Misses))
				e.cut()
			}
		}
		ping := c.ping()
		c.mu.Unlock()
		c.pings.Publish(ping)
	}
}

// ping is a heartbeat; engines send it back as it is.
func (c *Controller) ping() [][]byte {
	return [][]byte{strconv.AppendInt(nil, int64(c.beats), 10)}
}

// firstPing is sent to engines as soon as they are connected, so that they need not wait for the next beat.
func (c *Controller) firstPing(string) [][][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return [][][]byte{c.ping()}
}

func (c *Controller) onPong(p *wire.Peer, _ [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.sender(pong, p); e != nil {
		e.beaten, e.missed = true, 0
		c.welcome(e)
	}
}
