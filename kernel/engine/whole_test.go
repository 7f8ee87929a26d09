package engine

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/build"
)

// ownMeaning are the cases in which cells that are linked whole mean something else: reflection takes all that has a mark
// for exported. The notice that users get says so.
var ownMeaning = map[string]bool{
	"JSON sees what it sees in ordinary Go": true,
	"reflection sees ordinary names":        true,
	"struct tags":                           true,
	"gob and xml of cells' types":           true,
}

// ownCells show what users see where the mark stays: encoders take unexported fields for exported ones.
var ownCells = []struct{ name, cell, want string }{
	{"printed", "fmt.Printf(\"%+v %T\", p, p)", "{x:1 Y:2} main.point"},
	{"encoded", "b, _ := json.Marshal(p)\nfmt.Print(string(b))", `{"x":1,"Y":2}`},
	{"in messages of the runtime", "func() {\n\tdefer func() { fmt.Print(recover()) }()\n\tvar v any = p\n\t_ = v.(interface{ size() int })\n}()", "interface conversion: main.point is not interface { size() int }: missing method size"},
}

func TestMeaningOfCellsLinkedWhole(t *testing.T) {
	e := semanticEngine(t, build.Options{Whole: true, CacheDir: t.TempDir()})
	first := runSemantic(context.Background(), e, "type point struct{ x, Y int }\np := point{1, 2}\np", 1)
	if !strings.Contains(first["stderr"], "does not know the object format") || first["result"] != "{1 2}" {
		t.Errorf("the first cell shows %q", first)
	}
	for _, c := range ownCells {
		t.Run(c.name, func(t *testing.T) {
			if got := runSemantic(context.Background(), e, c.cell, 2); got["stdout"] != c.want || got["error"]+got["stderr"] != "" {
				t.Errorf("shows %q, not %q", got, c.want)
			}
		})
	}
	for _, name := range []string{"cgo", "functions", "names"} {
		for _, c := range readCases(t, filepath.Join("testdata/semantics", name+".txt")) {
			if ownMeaning[c.name] {
				continue
			}
			t.Run(name+"/"+c.name, func(t *testing.T) {
				if err := e.Restart(context.Background()); err != nil {
					t.Fatal(err)
				}
				c.run(t, e)
			})
		}
	}
}
