package goobj

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestThinPluginsBehaveLikeWholeOnes runs the cells of testdata, linked whole and thin, and compares.
func TestThinPluginsBehaveLikeWholeOnes(t *testing.T) {
	w := newWorld(t)
	var whole, thin []string
	for _, name := range []string{"values", "running", "foreign"} {
		archive := w.compile(t, name, "testdata/cells/"+name+".go", w.whole)
		whole = append(whole, w.link(t, name, archive, filepath.Join(w.dir, name+".so"), w.whole, false))
		w.bind(t, archive)
		thin = append(thin, w.link(t, name, archive, filepath.Join(w.dir, name+".thin.so"), w.thin, true))
	}
	want := w.run(t, nil, whole...)
	if strings.Count(want, "== ") != 3 {
		t.Fatalf("whole plugins: %s", want)
	}
	for _, env := range []string{"", "GODEBUG=clobberfree=1", "GOGC=1"} {
		if got := w.run(t, []string{env}, thin...); got != want {
			t.Errorf("%s: thin plugins print\n%s\nwhole ones\n%s", env, got, want)
		}
	}
	for i := range thin {
		a, b := fileSize(t, thin[i]), fileSize(t, whole[i])
		t.Logf("%s: %d kB thin, %d kB whole", filepath.Base(whole[i]), a>>10, b>>10)
		if a > b/2 {
			t.Errorf("%s: %d bytes thin, %d whole", thin[i], a, b)
		}
	}
}

// bind prepares a cell's archive for a link with thin ones.
func (w *world) bind(t testing.TB, archive string) {
	t.Helper()
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = eachObject(b, (*object).bind); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestExportDataIsUntouched(t *testing.T) {
	w := newWorld(t)
	for _, pkg := range []string{"fmt", "runtime", "runtime/cgo", "os"} {
		before, after := exportOf(t, w.whole[pkg]), exportOf(t, w.thin[pkg])
		if len(before) == 0 || !bytes.Equal(before, after) {
			t.Errorf("%s: export data differs", pkg)
		}
	}
}

// The linker would take a blank symbol for the empty pointer map of a type, and find no place for it.
func TestBlankSymbolsAreNotTakenForSymbolsWithoutBytes(t *testing.T) {
	w := newWorld(t)
	for _, pkg := range []string{"fmt", "sync", "runtime"} {
		archive, err := os.ReadFile(w.thin[pkg])
		if err != nil {
			t.Fatal(err)
		}
		blanks := 0
		_, err = eachObject(archive, func(o *object) {
			for i := range o.counts[1] {
				if s := o.syms[o.counts[0]+i]; s.name != "" || s.flag() != 0 || s.size() != 0 {
					continue
				}
				blanks++
				if le.Uint64(o.raw[blkHash64][8*i:]) == 0 {
					t.Fatalf("%s: a blank symbol has the hash of no bytes", pkg)
				}
			}
		})
		if err != nil || blanks == 0 {
			t.Errorf("%s: %d blank symbols, %v", pkg, blanks, err)
		}
	}
}

// The linker takes the largest size in a function's table of stack sizes, and refuses a function that does not grow the stack where
// that is large. So such functions do not share the table of one that takes much.
func TestStubsThatDoNotGrowTheStackKeepTheirSizes(t *testing.T) {
	w := newWorld(t)
	source := filepath.Join(t.TempDir(), "frames.go")
	text := `package main

//go:noinline
func Large(n int) byte { var room [2000]byte; room[n] = 1; return room[2*n] }

//go:noinline
func Small(n *int) int { return *n }

//go:noinline
func Usual(n int) byte { return Large(n) }
`
	if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(w.compile(t, "frames", source, w.whole))
	if err != nil {
		t.Fatal(err)
	}
	thin, err := Thin(archive, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	_, err = eachObject(thin, func(o *object) {
		for _, s := range o.syms {
			for a := s.aux; len(a) >= auxSize; a = a[auxSize:] {
				if a[0] == auxPcsp {
					tables[s.name[strings.LastIndex(s.name, ".")+1:]] = string(a[:auxSize])
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if tables["Large"] == "" || tables["Usual"] != tables["Large"] {
		t.Errorf("stubs do not share their tables: %q", tables)
	}
	if tables["Small"] == "" || tables["Small"] == tables["Large"] {
		t.Errorf("the table of Small is that of Large, or none: %q", tables)
	}
}

func exportOf(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	members, err := readArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if m.kind() == exportData {
			return m.data
		}
	}
	return nil
}

func TestObjectsAreWrittenAsRead(t *testing.T) {
	w := newWorld(t)
	b, err := os.ReadFile(w.whole["runtime"])
	if err != nil {
		t.Fatal(err)
	}
	members, err := readArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(writeArchive(members), b) {
		t.Error("archive changed")
	}
	for _, m := range members {
		if m.kind() != goObject {
			continue
		}
		o, err := readObject(m.data)
		if err != nil {
			t.Fatal(m.name, err)
		}
		if !bytes.Equal(bytes.TrimRight(o.bytes(), "\x00"), bytes.TrimRight(m.data, "\x00")) {
			t.Errorf("%s changed", m.name)
		}
	}
}

func TestUnknownFormatsAreRefused(t *testing.T) {
	w := newWorld(t)
	good, err := os.ReadFile(w.whole["errors"])
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty":             nil,
		"no archive":        []byte("hello, world"),
		"cut short":         good[:len(good)/2],
		"other magic":       bytes.ReplaceAll(good, []byte("go120ld"), []byte("go999ld")),
		"other release":     bytes.ReplaceAll(good, []byte(" go1.26"), []byte(" go1.99")),
		"other processor":   bytes.ReplaceAll(good, []byte(" amd64 "), []byte(" arm64 ")),
		"bad member header": append([]byte(archiveMagic), bytes.Repeat([]byte("x"), 60)...),
	} {
		if _, err := Thin(b, func(string) bool { return true }); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamagedArchivesDoNotCrash flips bytes and cuts: whatever comes of it, an error is ErrFormat.
func TestDamagedArchivesDoNotCrash(t *testing.T) {
	w, v := newWorld(t), testVeil(t)
	rewrites := map[string]func([]byte) ([]byte, error){
		"Thin":       func(b []byte) ([]byte, error) { return Thin(b, func(string) bool { return true }) },
		"Unveil":     v.Unveil,
		"Dependency": Dependency,
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, path := range []string{w.whole["cmp"], w.compile(t, "first", "testdata/veil/first.go", w.whole)} {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		object := bytes.Index(good, []byte(objectMagic))
		for range 500 {
			b := bytes.Clone(good)
			for range 1 + random.IntN(4) {
				b[object+random.IntN(len(b)-object)] = byte(random.Uint32())
			}
			if random.IntN(4) == 0 {
				at := object + 4*random.IntN((len(b)-object)/4)
				copy(b[at:], []byte{0xff, 0xff, 0xff, 0x7f})
			}
			for name, rewrite := range rewrites {
				if _, err := rewrite(b); err != nil && !errors.Is(err, ErrFormat) {
					t.Error(name, err)
				}
			}
		}
	}
}
