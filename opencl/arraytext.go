package opencl

import (
	"fmt"
	"strings"
)

const (
	mostShown = 100 // elements up to which an array is shown as a whole
	shownEach = 3   // how many are shown of the beginning and the end of a longer one
	perLine   = 16
)

// String shows the elements, of a long array the first and the last ones, as a notebook does for a result. It reads no more than
// it shows, and waits for it. What cannot be read, because the array was closed, is told in place of the elements.
func (a *Array[T]) String() string {
	if a == nil || a.buffer == nil {
		return "opencl.Array that holds nothing"
	}
	elements, err := a.shown()
	text := strings.Join(elements, " ")
	if err != nil {
		text = err.Error()
	}
	return fmt.Sprintf("[%s] (%d %v on %s)", text, a.count, a.buffer.element, a.buffer.context.device.Name())
}

// shown are the elements to be shown, and dots for those that are not.
func (a *Array[T]) shown() ([]string, error) {
	if a.count <= mostShown {
		return a.texts(0, a.count)
	}
	first, err := a.texts(0, shownEach)
	if err != nil {
		return nil, err
	}
	last, err := a.texts(a.count-shownEach, a.count)
	return append(append(first, "…"), last...), err
}

// texts are the elements from number lo up to hi.
func (a *Array[T]) texts(lo, hi int) ([]string, error) {
	part, err := a.Slice(lo, hi, 1)
	if err != nil {
		return nil, err
	}
	x, err := part.Get()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(x))
	for i, v := range x {
		texts[i] = fmt.Sprint(v)
		if i%perLine == perLine-1 && i+1 < len(x) {
			texts[i] += "\n"
		}
	}
	return texts, nil
}
