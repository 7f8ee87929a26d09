package display

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

type run struct {
	Workers int
	time    time.Duration
	note    string
}

// TestTableHTML compares with testdata/NAME.html, which -update writes.
func TestTableHTML(t *testing.T) {
	runs := []run{{1, time.Second, "a <b>"}, {2, 600 * time.Millisecond, ""}}
	var long [][]int
	for i := range 70 {
		long = append(long, []int{i, i * i})
	}
	for name, v := range map[string]any{
		"structs":  runs,
		"pointers": []*run{&runs[0], nil},
		"struct":   runs[0],
		"pointer":  &runs[0],
		"map":      map[string]float64{"b": 0.1 + 0.2, "a": 1},
		"mapof":    map[int]run{2: runs[1], 1: runs[0]},
		"maps":     []map[string]any{{"x": 1, "y": "q"}, {"y": 2, "z": nil}},
		"nested":   [][]string{{"a", "b"}, {"c"}},
		"array":    [2][2]float64{{1, 2}, {3, 4.5}},
		"long":     long,
		"wide":     [][]int{make([]int, 30)},
		"built":    Table([]string{"name", "n"}, []any{"one", 1}).Row("two", 22.5).Row("three"),
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.ReplaceAll(fmt.Sprint(Render(v).Data[MIMETypeHTML]), "<tr>", "\n<tr>") + "\n"
			path := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestWhatStaysText(t *testing.T) {
	for _, v := range []any{[]int{1}, []string{"a"}, [][]byte{{1}}, time.Now(), struct{}{}, []time.Time{{}}, []struct{}{{}}, 1, (*run)(nil), []error{nil}} {
		if d := Render(v); len(d.Data) != 1 {
			t.Errorf("%T is shown as %v", v, d.Data)
		}
	}
}

func TestTableText(t *testing.T) {
	got := Table([]string{"name", "n"}).Row("one\ntwo", 1).Row("é", 10.5).String()
	if want := "name        n\none two     1\né        10.5"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
