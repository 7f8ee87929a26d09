package gosource

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFilesOfThePackageAreFound(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": "package p\n", "b.go": "// b\npackage p\n", "other.go": "package q\n", "c_test.go": "package p\n", "d_windows.go": "package p\n",
		"tagged.go": "//go:build never\n\npackage p\n", "broken.go": "pack", "notes.txt": "package p\n", "x_test.go": "package p_test\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string][]string{
		"a.go":      {"a.go", "b.go"},
		"tagged.go": {"tagged.go", "a.go", "b.go"}, // the function runs, so its file belongs to the program
		"c_test.go": {"c_test.go", "a.go", "b.go"},
		"x_test.go": {"x_test.go"},
	} {
		files, err := Find("f", filepath.Join(dir, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		var names []string
		for _, f := range files {
			names = append(names, filepath.Base(f.Name))
			if f.Line != 0 || !strings.Contains(f.Text, "package") {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v, not %v", file, names, want)
		}
	}
}

func TestMissingSourceSaysWhatToDo(t *testing.T) {
	_, err := Find("f", "example.com/m/f.go")
	if err == nil || !strings.Contains(err.Error(), "the source file example.com/m/f.go is not here: run the program where its source is, built without -trimpath") {
		t.Error(err)
	}
}

func TestLookupsComeBeforeFiles(t *testing.T) {
	defer func() { lookups.all = nil }()
	failure := errors.New("no answer")
	Register(Lookup{
		Name: func(function, file string) string { return strings.TrimPrefix(function, "marked") },
		Files: func(function, file string) ([]File, error) {
			switch file {
			case "cell[1]":
				return []File{{Name: file, Line: 3, Text: "func f() {}"}}, nil
			case "cell[2]":
				return nil, failure
			}
			return nil, nil
		},
	})
	if name := Name("markedf", "cell[1]"); name != "f" {
		t.Error(name)
	}
	if files, err := Find("f", "cell[1]"); err != nil || len(files) != 1 || files[0].Line != 3 {
		t.Error(files, err)
	}
	if _, err := Find("f", "cell[2]"); !errors.Is(err, failure) {
		t.Error(err)
	}
	if files, err := Find("f", "gosource_test.go"); err != nil || len(files) == 0 {
		t.Error(files, err)
	}
}
