package goobj

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkLink links one small cell, whole and thin, with gcc and directly.
func BenchmarkLink(b *testing.B) {
	w := newWorld(b)
	source := filepath.Join(b.TempDir(), "small.go")
	if err := os.WriteFile(source, []byte("package main\n\nimport \"fmt\"\n\nfunc Run() { fmt.Println(1) }\n"), 0o666); err != nil {
		b.Fatal(err)
	}
	archive := w.compile(b, "small", source, w.whole)
	for _, c := range []struct {
		name     string
		archives map[string]string
		direct   bool
	}{{"whole", w.whole, false}, {"thin", w.thin, false}, {"thin-direct", w.thin, true}} {
		b.Run(c.name, func(b *testing.B) {
			out := filepath.Join(b.TempDir(), "small.so")
			for b.Loop() {
				w.link(b, "small", archive, out, c.archives, c.direct)
			}
			info, err := os.Stat(out)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/1024, "kB")
		})
	}
}

// BenchmarkOpen loads 300 cells into one process and prints how long the 1st, 100th and 300th take, with the memory.
// Set CELLS to load another number. It makes sense with -benchtime=1x.
func BenchmarkOpen(b *testing.B) {
	w := newWorld(b)
	cells := 300
	fmt.Sscan(os.Getenv("CELLS"), &cells)
	for name, archives := range map[string]map[string]string{"whole": w.whole, "thin": w.thin} {
		b.Run(name, func(b *testing.B) {
			archives := maps.Clone(archives)
			var plugins []string
			for i := range cells {
				cell := fmt.Sprintf("c%d", i)
				source := filepath.Join(b.TempDir(), cell+".go")
				text := fmt.Sprintf("package main\n\nimport \"fmt\"\n\ntype T struct{ N int }\n\nvar V = map[string]*T{\"a\": {%d}}\n\nfunc Run() { _ = fmt.Sprint(V, T{}) }\n", i)
				if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
					b.Fatal(err)
				}
				archive := w.compile(b, cell, source, archives)
				plugins = append(plugins, w.link(b, cell, archive, filepath.Join(w.dir, name+cell+".so"), archives, name == "thin"))
			}
			for b.Loop() {
				lines := strings.Split(w.run(b, []string{"SHOW_OPEN=1"}, plugins...), "\n")
				for _, i := range []int{0, 99, cells - 1} {
					b.Log(i+1, lines[min(i, len(lines)-1)])
				}
			}
		})
	}
}
