package profile

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/exp/trace"

	"github.com/warren-go/warren/kernel/profile/internal/markup"
)

// Sizes of a timeline in pixels of its own coordinate system, which the page scales to its width.
const (
	timelineWidth = 1000.0
	leftGutter    = 40.0 // names of the processors
	rightGutter   = 50.0 // how busy they were
	plotWidth     = timelineWidth - leftGutter - rightGutter
	gcHeight      = 14.0
	queueHeight   = 22.0
	queueParts    = 455 // columns of the queue's curve, two pixels each
	axisHeight    = 22.0
	mostShapes    = 1800 // keeps the picture below 500 kB
)

// hues of groups of goroutines, told apart easily; the garbage collector and the runtime are grey.
var hues = []float64{208, 28, 128, 285, 175, 335, 50, 245, 90}

// color is the group's colour in a shade that tells a few of its goroutines apart.
func (g *group) color(number int) string {
	shade := []float64{64, 73, 56}[number%3]
	switch g.family {
	case collectorGroup:
		return hsl(265, 14, shade)
	case runtimeGroup, kernelGroup:
		return hsl(220, 5, shade)
	}
	return hsl(g.hue, 62, shade)
}

// block is what one rectangle of a lane stands for: a run, or runs too short to tell apart.
type block struct {
	from, to trace.Time
	busy     time.Duration
	runs     int
	main     *goroutine // the one that ran longest
	longest  time.Duration
}

// mergeSpans joins runs shorter than a column with their neighbours in it, and rows of such columns that look alike.
// Any three blocks in a row take at least a column, which bounds their number.
func mergeSpans(spans []span, column time.Duration) []block {
	var blocks []block
	for _, s := range spans {
		one := block{from: s.from, to: s.to, busy: s.length(), runs: 1, main: s.g, longest: s.length()}
		if n := len(blocks); n > 0 && s.length() < column && blocks[n-1].joins(s, column) {
			blocks[n-1].add(one)
			continue
		}
		blocks = append(blocks, one)
	}
	return joinAlike(blocks, column)
}

// joins reports whether a short run begins in the column that the block began.
func (b *block) joins(s span, column time.Duration) bool {
	return b.longest < column && s.from.Sub(b.from) < column
}

func (b *block) add(other block) {
	b.to = other.to
	b.busy += other.busy
	b.runs += other.runs
	if other.longest > b.longest {
		b.longest, b.main = other.longest, other.main
	}
}

// joinAlike makes one block of neighbours that are merged ones, of one group, and about as busy.
func joinAlike(blocks []block, column time.Duration) []block {
	var joined []block
	for _, b := range blocks {
		if n := len(joined); n > 0 && b.alike(joined[n-1], column) {
			joined[n-1].add(b)
			continue
		}
		joined = append(joined, b)
	}
	return joined
}

func (b block) alike(before block, column time.Duration) bool {
	const step = .15
	return b.runs > 1 && before.runs > 1 && b.main.sameGroup(before.main) && b.from.Sub(before.to) < column &&
		math.Abs(b.share()-before.share()) < step
}

func (g *goroutine) sameGroup(other *goroutine) bool {
	return g != nil && other != nil && g.group == other.group
}

// share is the part of the block's time in which something ran.
func (b block) share() float64 { return min(1, markup.Share(int64(b.busy), int64(b.to.Sub(b.from)))) }

// picture is a drawn timeline.
type picture struct {
	height          float64
	label, elements string
}

// canvas draws a timeline.
type canvas struct {
	strings.Builder
	t *timeline
}

func drawTimeline(t *timeline) picture {
	c := &canvas{t: t}
	lanes := t.sortedLanes()
	row := laneHeight(len(lanes))
	top := c.collections()
	top = c.queue(top)
	bottom := top + row*float64(len(lanes))
	merged := mergeLanes(lanes, t.elapsed())
	for i, l := range lanes {
		c.lane(l, merged[i], top+row*float64(i), row)
	}
	c.pauses(top, bottom)
	c.axis(top, bottom)
	return picture{height: bottom + axisHeight, label: "Timeline of " + t.options.cell() + ": " + t.headline(), elements: c.String()}
}

// laneHeight leaves many processors less room.
func laneHeight(lanes int) float64 {
	return max(8, min(26, 500/float64(max(lanes, 1))))
}

// mergeLanes merges the runs of each lane at the finest resolution, from a pixel upwards, that gives few enough shapes.
func mergeLanes(lanes []*lane, elapsed time.Duration) [][]block {
	column := max(1, time.Duration(float64(elapsed)/plotWidth))
	for {
		shapes := 0
		merged := make([][]block, len(lanes))
		for i, l := range lanes {
			merged[i] = mergeSpans(l.spans, column)
			shapes += len(merged[i])
		}
		if shapes <= mostShapes || column >= elapsed {
			return merged
		}
		column *= 2
	}
}

// x is a moment's place.
func (c *canvas) x(at trace.Time) float64 {
	return leftGutter + plotWidth*markup.Share(int64(at-c.t.start), int64(c.t.elapsed()))
}

// micros is a moment in microseconds since the trace began.
func (c *canvas) micros(at trace.Time) string {
	return fmt.Sprintf("%.1f", float64(at-c.t.start)/1e3)
}

// interval is "12.0 – 34.5 µs (22.5 µs)".
func (c *canvas) interval(from, to trace.Time) string {
	return c.micros(from) + " – " + c.micros(to) + " µs (" + markup.Duration(to.Sub(from)) + ")"
}

// collections draws the mark phases above the lanes and returns where the lanes begin.
func (c *canvas) collections() float64 {
	if len(c.t.marking) == 0 {
		return 2
	}
	fmt.Fprintf(c, `<text x="0" y="%s" opacity=".7">GC</text>`, markup.Pixels(gcHeight-4))
	column := time.Duration(float64(c.t.elapsed()) / plotWidth)
	for _, b := range mergeSpans(c.t.marking, column) {
		what := "garbage collector marks"
		if b.runs > 1 {
			what = fmt.Sprintf("%d garbage collections", b.runs)
		}
		c.box(b, 1, gcHeight-4, hsl(265, 30, 64), what+"\n"+c.interval(b.from, b.to), "")
	}
	return gcHeight
}

// queue draws how many goroutines were ready to run and had no processor, and returns where the lanes begin. A queue that
// is never empty means more parallel work than processors.
func (c *canvas) queue(top float64) float64 {
	mean := average(c.t.ready, c.t.start, c.t.end, queueParts)
	most := slices.Max(mean)
	if most < .5 {
		return top
	}
	bottom := top + queueHeight - 4
	var outline strings.Builder
	fmt.Fprintf(&outline, "M%s %s", markup.Pixels(leftGutter), markup.Pixels(bottom))
	for i, n := range mean {
		y := markup.Pixels(bottom - n/most*(queueHeight-6))
		fmt.Fprintf(&outline, "V%sH%s", y, markup.Pixels(leftGutter+plotWidth*float64(i+1)/queueParts))
	}
	fmt.Fprintf(&outline, "V%sZ", markup.Pixels(bottom))
	fmt.Fprintf(c, `<g class="wp-f"><title>goroutines ready to run that wait for a processor: up to %.0f</title><path d="%s" fill="#d98a1f" opacity=".65"/></g>`,
		math.Ceil(most), outline.String())
	fmt.Fprintf(c, `<text x="0" y="%s" opacity=".7">queue</text>`, markup.Pixels(bottom-2))
	fmt.Fprintf(c, `<text x="%s" y="%s" text-anchor="end" opacity=".7">≤ %.0f</text>`, markup.Pixels(timelineWidth-4), markup.Pixels(bottom-2), math.Ceil(most))
	return top + queueHeight
}

// box draws a block with a tooltip and, where it fits, a label.
func (c *canvas) box(b block, y, height float64, color, hint, label string) {
	x := c.x(b.from)
	width := max(c.x(b.to)-x, .6)
	opacity := ""
	if b.runs > 1 {
		opacity = ` opacity="` + markup.Pixels(.35+.65*b.share()) + `"`
	}
	fmt.Fprintf(c, `<g class="wp-f"><title>%s</title><rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`,
		markup.Escape(hint), markup.Pixels(x), markup.Pixels(y), markup.Pixels(width), markup.Pixels(height), color, opacity)
	if fitting := markup.Fit(label, int((width-6)/charWidth)); fitting != "" && height > 12 {
		fmt.Fprintf(c, `<text class="wp-on" x="%s" y="%s">%s</text>`, markup.Pixels(x+3), markup.Pixels(y+height/2+4), markup.Escape(fitting))
	}
	c.WriteString("</g>")
}

// lane draws one processor: its name, what ran on it, how busy it was.
func (c *canvas) lane(l *lane, blocks []block, y, row float64) {
	bar := row - max(1, row/8)
	fmt.Fprintf(c, `<rect x="%s" y="%s" width="%s" height="%s" fill="currentColor" opacity=".06"/>`,
		markup.Pixels(leftGutter), markup.Pixels(y), markup.Pixels(plotWidth), markup.Pixels(bar))
	if row >= 10 {
		fmt.Fprintf(c, `<text x="0" y="%s">P%d</text>`, markup.Pixels(y+bar/2+4), l.id)
		fmt.Fprintf(c, `<text x="%s" y="%s" text-anchor="end" opacity=".7">%.0f%%</text>`, markup.Pixels(timelineWidth-4),
			markup.Pixels(y+bar/2+4), 100*markup.Share(int64(l.busy), int64(c.t.elapsed())))
	}
	for _, b := range blocks {
		c.box(b, y, bar, b.main.group.color(b.main.number), c.hint(l, b), b.label())
	}
}

func (c *canvas) hint(l *lane, b block) string {
	where := fmt.Sprintf("\nP%d, %s", l.id, c.interval(b.from, b.to))
	if b.runs == 1 {
		return fmt.Sprintf("goroutine %d: %s%s", b.main.id, b.main.group.title(), where)
	}
	return fmt.Sprintf("%d short runs, the longest %s by goroutine %d: %s%s\nbusy %.0f%%",
		b.runs, markup.Duration(b.longest), b.main.id, b.main.group.title(), where, 100*b.share())
}

func (b block) label() string {
	if b.runs > 1 {
		return ""
	}
	return fmt.Sprintf("g%d %s", b.main.id, b.main.group.name)
}

func (g *group) title() string {
	if g.created == "" {
		return g.name
	}
	return g.name + ", started at " + g.created
}

// pauses draws a line through all lanes where the garbage collector stopped the program.
func (c *canvas) pauses(top, bottom float64) {
	column := time.Duration(float64(c.t.elapsed()) / plotWidth)
	for _, b := range mergeSpans(c.t.pauses, column) {
		what := "the garbage collector stopped all goroutines"
		if b.runs > 1 {
			what = fmt.Sprintf("%s %d times, for %s in all", what, b.runs, markup.Duration(b.busy))
		}
		x := c.x(b.from)
		fmt.Fprintf(c, `<g class="wp-f"><title>%s</title><rect x="%s" y="%s" width="%s" height="%s" fill="#d1383d" opacity=".45"/></g>`,
			markup.Escape(what+"\n"+c.interval(b.from, b.to)), markup.Pixels(x), markup.Pixels(top),
			markup.Pixels(max(c.x(b.to)-x, 1)), markup.Pixels(bottom-top))
	}
}

// axis draws round times below the lanes.
func (c *canvas) axis(top, bottom float64) {
	for _, at := range ticks(c.t.elapsed()) {
		x := markup.Pixels(c.x(c.t.start + trace.Time(at)))
		fmt.Fprintf(c, `<path d="M%s %sV%s" stroke="currentColor" opacity=".18"/>`, x, markup.Pixels(top), markup.Pixels(bottom+4))
		fmt.Fprintf(c, `<text x="%s" y="%s" text-anchor="middle" opacity=".7">%s</text>`, x, markup.Pixels(bottom+16), markup.Duration(at))
	}
}

// ticks are the multiples, from 0 on, of 1, 2 or 5 times a power of ten, at most eleven of them.
func ticks(elapsed time.Duration) []time.Duration {
	const most = 10
	step := time.Duration(1)
	for decade := step; elapsed/step > most; decade *= 10 {
		for _, factor := range []time.Duration{1, 2, 5} {
			if step = decade * factor; elapsed/step <= most {
				break
			}
		}
	}
	var list []time.Duration
	for at := time.Duration(0); at <= elapsed; at += step {
		list = append(list, at)
	}
	return list
}

// key is the key to the colours.
func (t *timeline) key() string {
	const most = 12
	var b strings.Builder
	b.WriteString(`<p class="wp-keys">`)
	shown := 0
	for _, g := range t.groups {
		if g.spent.running > 0 && shown < most {
			shown++
			b.WriteString(`<span class="wp-key">` + markup.Swatch(g.color(0)) + markup.Escape(markup.Fit(g.title(), 60)) + `</span>`)
		}
	}
	if len(t.ready) > 0 {
		b.WriteString(`<span class="wp-key">` + markup.Swatch("#d98a1f") + `queue: ready goroutines without a processor</span>`)
	}
	if len(t.pauses) > 0 {
		b.WriteString(`<span class="wp-key">` + markup.Swatch("#d1383d") + `all goroutines stopped</span>`)
	}
	b.WriteString(`</p>`)
	return b.String()
}
