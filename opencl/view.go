package opencl

// Slice is a view of the elements lo, lo+step, lo+2*step … before hi: it shares the array's memory. With a negative step it goes
// down, and hi = -1 comes behind element 0, so that Slice(n-1, -1, -1) is the whole array in reverse. A view may be empty; one
// that reaches out of the array is an error.
func (a *Array[T]) Slice(lo, hi, step int) (*Array[T], error) {
	const op = "Array.Slice"
	if err := a.check(op); err != nil {
		return nil, err
	}
	r := Over{lo, hi, step}
	if step == 0 {
		return nil, refused(op, "from %d to %d in steps of 0", lo, hi)
	}
	least, most := 0, a.count // of hi; lo is the same, but for the last place of each direction
	if step < 0 {
		least, most = -1, a.count-1
	}
	if lo < least || lo > most || hi < least || hi > most {
		return nil, refused(op, "from %d to %d in steps of %d reaches out of an array of %d elements", lo, hi, step, a.count)
	}
	view := &Array[T]{a.buffer, a.queue, a.first + lo*a.step, a.step * step, r.count()}
	switch view.count {
	case 0:
		view.first, view.step = 0, 1
	case 1:
		view.step = 1
	}
	return view, nil
}

// Reverse is a view of the elements from the last to the first.
func (a *Array[T]) Reverse() (*Array[T], error) {
	const op = "Array.Reverse"
	if err := a.check(op); err != nil {
		return nil, err
	}
	return a.Slice(a.count-1, -1, -1)
}

// On is the same array with another queue of its context, on which what is done with it runs.
func (a *Array[T]) On(q *Queue) (*Array[T], error) {
	const op = "Array.On"
	if err := a.check(op); err != nil {
		return nil, err
	}
	if _, err := a.buffer.on(op, q); err != nil || q == nil {
		return a, err
	}
	moved := *a
	moved.queue = q
	return &moved, nil
}
