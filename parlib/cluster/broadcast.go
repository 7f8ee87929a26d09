package cluster

import (
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
)

// broadcast begins a job that is for certain engines in one message.
func (d *dispatcher) broadcast(j *job) {
	d.mu.Lock()
	d.jobs[j] = true
	lanes := make([]*lane, len(j.engines))
	for i, e := range j.engines {
		if lanes[i] = d.lanes[e.ID]; lanes[i] == nil || lanes[i].Engine != e {
			lanes[i] = &lane{Engine: e} // it has just gone, as sending will show
		}
		lanes[i].busy++
		j.out++
	}
	d.unlockAndGo(j)
	d.tasks.Go(func() { d.multiply(j, lanes) })
}

// multiply sends one message to all of the lanes that can take it.
func (d *dispatcher) multiply(j *job, lanes []*lane) {
	store := storeOf(d.store)
	var able []int
	for i, l := range lanes {
		if j.calls {
			s, err := d.meet(j.ctx, l)
			if err != nil {
				d.ended(l, j, func() { j.refuse(l, span{lo: i, hi: i + 1}, err) })
				continue
			}
			if s == nil {
				store = nil
			}
		}
		able = append(able, i)
	}
	r, err := j.work.request(span{hi: 1}, store)
	if err != nil {
		for _, i := range able {
			d.ended(lanes[i], j, func() { j.fatal = err })
		}
		return
	}
	r.Output = d.shown(j, r.Output)
	sent := time.Now()
	for k, f := range d.client.Broadcast(j.ctx, enginesOf(lanes, able), r) {
		i := able[k]
		d.line(lanes[i], f)
		d.tasks.Go(func() { d.follow(lanes[i], j, span{lo: i, hi: i + 1}, f, sent, r) })
	}
}

func enginesOf(lanes []*lane, which []int) []client.Engine {
	engines := make([]client.Engine, len(which))
	for k, i := range which {
		engines[k] = lanes[i].Engine
	}
	return engines
}
