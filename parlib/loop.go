package parlib

// For calls body(0) to body(n-1), several at once and in no order that body may rely on, and returns when all have
// ended. Calls must not write to what another call reads: each may write to elements of its own index. If body panics,
// For returns an *ItemError that names the index.
func For(p *Pool, n int, body func(i int)) error {
	if body == nil {
		return errNil("For", "body", n)
	}
	j := job{op: "For", body: func(lo, hi int, at *int) error {
		for i := lo; i < hi; i++ {
			*at = i
			body(i)
		}
		return nil
	}}
	return j.each(p, n)
}

// ForRange calls body once for each chunk of the indices 0 to n-1, with the chunk's bounds lo (in) and hi (out), several at
// once. A body that is a tight loop runs at full speed, where For would pay a call for every index, and it can keep a
// partial result in a local variable. If body panics, ForRange returns an *ItemError that names the range.
func ForRange(p *Pool, n int, body func(lo, hi int)) error {
	if body == nil {
		return errNil("ForRange", "body", n)
	}
	j := job{op: "ForRange", ranged: true, body: func(lo, hi int, at *int) error {
		body(lo, hi)
		return nil
	}}
	return j.each(p, n)
}
