package team

// Task is work that can be done in numbered parts, several at once.
type Task interface {
	Do(part int)
}

// Func makes a function a Task.
type Func func(part int)

// Do calls f.
func (f Func) Do(part int) { f(part) }

// share is what one goroutine does of a task: the parts first, first+step, … below end.
type share struct {
	first, step, end int32
}

// do works on the share until a part fails, and keeps *part at the one in hand.
func (s share) do(task Task, part *int32) (err *PartError) {
	defer func() {
		if v := recover(); v != nil {
			err = &PartError{Part: int(*part), Err: NewPanicError(v)}
		}
	}()
	if s.first >= s.end {
		return nil
	}
	for *part = s.first; ; *part += s.step {
		task.Do(int(*part))
		if s.end-*part <= s.step { // before a step could overflow
			return nil
		}
	}
}
