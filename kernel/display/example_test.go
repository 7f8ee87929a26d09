package display_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/warren-go/warren/kernel/display"
)

// Outside a notebook everything is shown as text.
func ExampleDisplay() {
	h := display.Display("working")
	h.Update("ready")
	// Output:
	// working
	// ready
}

func ExampleRender() {
	d := display.Render(map[string]int{"b": 2, "a": 1})
	fmt.Println(d.Data[display.MIMETypeText])
	fmt.Println(strings.Count(d.Data[display.MIMETypeHTML].(string), "<tr>"), "rows of HTML")
	// Output:
	// map[a:1 b:2]
	// 3 rows of HTML
}

func ExampleRenderAll() {
	show := func(values ...any) { fmt.Println(display.RenderAll(values).Data[display.MIMETypeText]) }
	show(3, "words", nil)
	show(0, errors.New("no such file"))
	// Output:
	// 3 words
	// 0
	// error: no such file
}

func ExampleTable() {
	t := display.Table([]string{"workers", "speed-up"})
	for p := 1; p <= 4; p *= 2 {
		t.Row(p, float64(p)*0.9)
	}
	fmt.Println(t)
	// Output:
	// workers  speed-up
	//       1       0.9
	//       2       1.8
	//       4       3.6
}

func ExampleNewChart() {
	workers := []int{1, 2, 4}
	c := display.NewChart("Speed-up").
		Line("ideal", workers, workers).
		Scatter("measured", workers, []float64{1, 1.9, 3.4}).
		XLabel("workers").YLabel("times faster")
	display.Display(c)
	// Output:
	// chart "Speed-up" of times faster against workers
	// ideal: line, 3 values, times faster 1 to 4
	// measured: point, 3 values, times faster 1 to 3.4
}

func ExampleProgressOver() {
	sum := 0
	for _, x := range display.ProgressOver([]int{1, 2, 3}) {
		sum += x
	}
	fmt.Println("sum", sum)
	// Prints, with the time that it took:
	//
	//	0/3 running, 0.0/s, 0s
	//	3/3 done, 12.5/s, 200ms
	//	sum 6
}
