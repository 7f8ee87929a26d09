package display

import (
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// ProgressBar shows how much of a known amount of work is done. All methods may be called from several goroutines.
type ProgressBar struct {
	title string
	total int
	start time.Time
	count atomic.Int64
	next  atomic.Int64 // nanoseconds after start of the next update
	mu    sync.Mutex
	done  bool
	out   *Handle
}

const progressEvery = 100 * time.Millisecond

// NewProgress shows a bar for total steps.
func NewProgress(total int, title string) *ProgressBar {
	b := &ProgressBar{title: title, total: total, start: time.Now()}
	b.next.Store(int64(progressEvery))
	b.out = Display(b.data("running"))
	return b
}

// Add counts k more steps, and redraws at most ten times per second.
func (b *ProgressBar) Add(k int) {
	b.count.Add(int64(k))
	now, next := int64(time.Since(b.start)), b.next.Load()
	if now < next || !b.next.CompareAndSwap(next, now+int64(progressEvery)) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		b.out.Update(b.data("running"))
	}
}

// Done draws the final state: "done", or "stopped" where steps are missing.
func (b *ProgressBar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return
	}
	b.done = true
	state := "done"
	if int(b.count.Load()) < b.total {
		state = "stopped"
	}
	b.out.Update(b.data(state))
}

func (b *ProgressBar) data(state string) Data {
	n, elapsed := b.count.Load(), time.Since(b.start)
	text := fmt.Sprintf("%d/%d %s, %.1f/s, %s", n, b.total, state, float64(n)/max(elapsed.Seconds(), 1e-9), elapsed.Round(100*time.Millisecond))
	if left := int64(b.total) - n; state == "running" && n > 0 && left > 0 {
		text += fmt.Sprintf(", %s left", time.Duration(float64(elapsed)*float64(left)/float64(n)).Round(time.Second))
	}
	if b.title != "" {
		text = b.title + ": " + text
	}
	return MakeData3(MIMETypeHTML, text, fmt.Sprintf(`<progress value="%d" max="%d"></progress> %s`, n, max(b.total, 1), escaper.Replace(text)))
}

// Progress counts 0 to n-1 and shows a bar while the loop runs; break and panic leave it as stopped.
func Progress(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		b := NewProgress(n, "")
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
