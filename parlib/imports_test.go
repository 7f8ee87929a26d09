package parlib

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Every notebook cell that uses the library links what it imports, and the library is there for programs that know no
// notebook: so it imports the standard library and golang.org/x/sync alone.
func TestImportsStayLight(t *testing.T) {
	for _, pattern := range []string{"*.go", "bench/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				first, _, _ := strings.Cut(name, "/")
				if strings.Contains(first, ".") && !strings.HasPrefix(name, "golang.org/x/sync/") {
					t.Errorf("%s imports %s", file, name)
				}
			}
		}
	}
}
