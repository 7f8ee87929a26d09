package display

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// ProgressBar shows how much work is done. All methods may be called from several goroutines.
type ProgressBar struct{ *bar }

// bar is what the redrawing goroutine holds; it does not keep the ProgressBar alive, so that one that the program lost
// can be stopped.
type bar struct {
	title   string
	total   int64 // negative when it is not known
	start   time.Time
	count   atomic.Int64
	mu      sync.Mutex // held while drawing
	done    bool
	stopped chan struct{} // closed when done
	ended   chan struct{} // closed when the redrawing goroutine has returned
	draw    func(text string, b *bar, at moment)
}

// moment is where in its life a bar is drawn.
type moment int

const (
	beginning moment = iota
	between
	ending
)

// lineDrawer is a Publisher that has no place for rich output, but can redraw its last line.
type lineDrawer interface {
	drawLine(text string, at moment)
}

const (
	redrawMoved = 250 * time.Millisecond // between two redraws of a bar whose count changes
	redrawStill = time.Second            // the same when only time goes by
)

// NewProgress shows a bar for total steps, or for an unknown number when total is negative. The bar is done when all are
// counted, or when Done is called.
func NewProgress(total int, title string) *ProgressBar {
	b := &bar{title: title, total: int64(total), start: time.Now(), stopped: make(chan struct{}), ended: make(chan struct{})}
	b.draw = drawer(publisher())
	b.draw(b.text("running"), b, beginning)
	go b.redraw()
	p := &ProgressBar{b}
	runtime.AddCleanup(p, func(b *bar) { go b.finish(true) }, b)
	if total == 0 {
		p.Done()
	}
	return p
}

// drawer chooses how to draw a bar with p.
func drawer(p Publisher) func(string, *bar, moment) {
	if line, ok := p.(lineDrawer); ok {
		return func(text string, _ *bar, at moment) { line.drawLine(text, at) }
	}
	var h *Handle
	return func(text string, b *bar, at moment) {
		d := MakeData3(MIMETypeHTML, text, b.html(text))
		if h == nil {
			h = Display(d)
			return
		}
		// A bar that cannot be redrawn must not stop the work that it shows.
		_ = h.Update(d)
	}
}

// Add counts k more steps.
func (p *ProgressBar) Add(k int) {
	if n := p.count.Add(int64(k)); p.total >= 0 && n >= p.total {
		p.finish(false)
	}
}

// Done draws the final state, "done", or "stopped" where steps are missing, and waits until nothing more is drawn.
func (p *ProgressBar) Done() {
	p.end(false)
}

// end finishes b, and returns when nothing draws it any more.
func (b *bar) end(broken bool) {
	b.finish(broken)
	<-b.ended
}

func (b *bar) finish(broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return
	}
	b.done = true
	close(b.stopped)
	state := "done"
	if broken || b.count.Load() < b.total {
		state = "stopped"
	}
	b.draw(b.text(state), b, ending)
}

// redraw keeps the bar up to date, also while a single step takes long.
func (b *bar) redraw() {
	defer close(b.ended)
	tick := time.NewTicker(redrawMoved)
	defer tick.Stop()
	var shown int64
	last := b.start
	for {
		select {
		case <-b.stopped:
			return
		case now := <-tick.C:
			n := b.count.Load()
			if n == shown && now.Sub(last) < redrawStill {
				continue
			}
			shown, last = n, now
			b.drawRunning()
		}
	}
}

func (b *bar) drawRunning() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		b.draw(b.text("running"), b, between)
	}
}

// text is one line: how much, in which state, how fast, since when and how long still.
func (b *bar) text(state string) string {
	n, elapsed := b.count.Load(), time.Since(b.start)
	text := fmt.Sprint(n)
	if b.total >= 0 {
		text += fmt.Sprintf("/%d", b.total)
	}
	text += fmt.Sprintf(" %s, %.1f/s, %s", state, float64(n)/max(elapsed.Seconds(), 1e-9), elapsed.Round(100*time.Millisecond))
	if left := b.total - n; state == "running" && n > 0 && left > 0 {
		text += fmt.Sprintf(", %s left", time.Duration(float64(elapsed)*float64(left)/float64(n)).Round(time.Second))
	}
	if b.title != "" {
		text = b.title + ": " + text
	}
	return text
}

// html is the bar; without a value it moves to and fro.
func (b *bar) html(text string) string {
	value := ""
	if b.total >= 0 {
		value = fmt.Sprintf(` value="%d" max="%d"`, b.count.Load(), max(b.total, 1))
	} else if b.done {
		value = ` value="1" max="1"`
	}
	return fmt.Sprintf(`<progress%s></progress> %s`, value, escaper.Replace(text))
}
