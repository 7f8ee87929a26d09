package goobj

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func testVeil(t testing.TB) *Veil {
	t.Helper()
	v, err := NewVeil("Ꟶ", "warren.cell/")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// cell compiles a file of testdata/veil and unveils it.
func (w *world) cell(t testing.TB, v *Veil, name string, archives map[string]string) string {
	t.Helper()
	path := w.compile(t, name, filepath.Join("testdata/veil", name+".go"), archives)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = v.Unveil(b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUnveiledNamesAreOrdinaryOnes runs a cell that uses the hidden names of an earlier one.
func TestUnveiledNamesAreOrdinaryOnes(t *testing.T) {
	w, v := newWorld(t), testVeil(t)
	want, err := os.ReadFile("testdata/veil/want.txt")
	if err != nil {
		t.Fatal(err)
	}
	for kind, std := range map[string]map[string]string{"whole": w.whole, "thin": w.thin} {
		t.Run(kind, func(t *testing.T) {
			archives := maps.Clone(std)
			archives["warren.cell/first"] = w.cell(t, v, "first", archives)
			one := w.link(t, "first", archives["warren.cell/first"], filepath.Join(w.dir, kind+"first.so"), archives, kind == "thin")
			renameFile(t, one)
			archives["warren.cell/first"] = w.dependency(t, archives["warren.cell/first"], one, kind == "thin")
			two := w.link(t, "second", w.cell(t, v, "second", archives), filepath.Join(w.dir, kind+"second.so"), archives, kind == "thin")
			renameFile(t, two) // it has functions of the first cell inlined
			got := w.run(t, nil, one, two)
			rest, ok := strings.CutPrefix(got, string(want))
			if !ok {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(strings.ReplaceAll(got, "warren.cell/first.Ꟶtrace", ""), "Ꟶ") {
				t.Errorf("marks in\n%s", got)
			}
			if plain := v.Plain(rest); !strings.HasPrefix(plain, "cell[7]:40\n") || !strings.Contains(plain, "main.trace()\n\tcell[7]:36 ") {
				t.Errorf("caller and trace:\n%s", plain)
			}
		})
	}
}

// renameFile gives the first cell's file the name that users see.
func renameFile(t testing.TB, plugin string) {
	t.Helper()
	so, err := os.ReadFile(plugin)
	if err != nil {
		t.Fatal(err)
	}
	err = RenameFiles(so, func(name string) string {
		if name == "cell[0123456789]" {
			return "cell[7]"
		}
		return name
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plugin, so, 0o777); err != nil {
		t.Fatal(err)
	}
}

// dependency makes a cell's archive what later cells are linked with; in a thin one, what its plugin exports is taken
// from there.
func (w *world) dependency(t testing.TB, archive, plugin string, thin bool) string {
	t.Helper()
	exports, err := HostSymbols(plugin)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if thin {
		b, err = Thin(b, func(name string) bool { _, ok := exports[name]; return ok || w.provides(name) })
	} else {
		b, err = Dependency(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSuffix(archive, ".a") + ".dependency.a"
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlain(t *testing.T) {
	v := testVeil(t)
	for _, c := range []struct{ text, want string }{
		{"warren.cell/ab12cd.Ꟶf(0x1)", "main.f(0x1)"},
		{"created by warren.cell/ab12cd.(*Ꟶt).Ꟶgo.func1", "created by main.(*t).go.func1"},
		{"main.List[warren.cell/a.Ꟶt]", "main.List[main.t]"},
		{"nothing here", "nothing here"},
	} {
		if got := v.Plain(c.text); got != c.want {
			t.Errorf("Plain(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestMarksThatWouldNotDoAreRefused(t *testing.T) {
	for _, c := range [][2]string{{"", "a/"}, {"A", "a/"}, {"ꟶ", "a/"}, {"世", "a/"}, {"ꟵꟵ", "a/"}, {"Ꟶ", "a"}} {
		if _, err := NewVeil(c[0], c[1]); err == nil {
			t.Errorf("NewVeil(%q, %q) succeeds", c[0], c[1])
		}
	}
}
