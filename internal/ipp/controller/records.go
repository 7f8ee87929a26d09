package controller

// recordLimit is how many finished requests are remembered. Older ones cannot be depended on any more.
const recordLimit = 1 << 20

// record says what became of a request.
type record struct {
	engine int    // id, -1 when it never reached one
	uuid   string // of the engine
	queue  channel
	ok     bool
}

// records are the requests that have ended, without their results.
type records struct {
	limit int
	byID  map[string]record
	ring  []string // ids, the oldest at next once the ring is full; some may have been purged
	next  int
}

func newRecords(limit int) records { return records{limit: limit, byID: map[string]record{}} }

func (r *records) add(id string, what record) {
	if _, again := r.byID[id]; again {
		r.byID[id] = what
		return
	}
	if len(r.ring) < r.limit {
		r.ring = append(r.ring, id)
	} else {
		delete(r.byID, r.ring[r.next])
		r.ring[r.next] = id
		r.next = (r.next + 1) % r.limit
	}
	r.byID[id] = what
}

// each calls f for what is remembered, oldest first.
func (r *records) each(f func(id string, what record)) {
	for i := range r.ring {
		id := r.ring[(r.next+i)%len(r.ring)]
		if what, ok := r.byID[id]; ok {
			f(id, what)
		}
	}
}

// of lists the requests that an engine has answered, oldest first.
func (r *records) of(uuid string) []string {
	ids := []string{}
	r.each(func(id string, what record) {
		if what.uuid == uuid {
			ids = append(ids, id)
		}
	})
	return ids
}

// purge forgets what f says.
func (r *records) purge(f func(id string, what record) bool) {
	kept := newRecords(r.limit)
	r.each(func(id string, what record) {
		if !f(id, what) {
			kept.add(id, what)
		}
	})
	*r = kept
}
