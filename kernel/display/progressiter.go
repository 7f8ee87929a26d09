package display

import "iter"

// Progress counts 0 to n-1 and shows a bar while the loop runs; break, return and panic leave it as stopped.
func Progress(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		b := NewProgress(max(n, 0), "")
		defer b.Done()
		for i := range n {
			if !yield(i) {
				return
			}
			b.Add(1)
		}
	}
}

// ProgressOver is Progress over the elements of a slice, with their indices.
func ProgressOver[T any](items []T) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		for i := range Progress(len(items)) {
			if !yield(i, items[i]) {
				return
			}
		}
	}
}

// ProgressSeq is Progress over a sequence of unknown length: it shows how many elements have been done, and how fast.
func ProgressSeq[T any](seq iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		b, broken := NewProgress(-1, ""), true
		defer func() { b.end(broken) }()
		for x := range seq {
			if !yield(x) {
				return
			}
			b.Add(1)
		}
		broken = false
	}
}
