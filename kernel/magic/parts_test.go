package magic

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDurationsHaveThreeDigits(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0 s"}, {1, "1.00 ns"}, {999, "999 ns"}, {1500, "1.50 µs"}, {999_990, "1.00 ms"}, {12_345_678, "12.3 ms"},
		{time.Second, "1.00 s"}, {59 * time.Second, "59.0 s"}, {90 * time.Second, "1.50 min"},
	} {
		if got := duration(c.d); got != c.want {
			t.Errorf("%d ns is written %q, want %q", int64(c.d), got, c.want)
		}
	}
}

func TestTimingReportsMeanAndDeviation(t *testing.T) {
	got := timing{Loops: 1000, Runs: []int64{1_000_000, 3_000_000}}.String()
	if want := "2.00 µs ± 1.00 µs per loop (mean ± std. dev. of 2 runs, 1,000 loops each)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEnvTakesBothForms(t *testing.T) {
	for _, c := range []struct {
		args, name, value string
		set               bool
	}{
		{"", "", "", false}, {"A", "A", "", false}, {"A=1", "A", "1", true}, {"A 1", "A", "1", true},
		{"A=x=y", "A", "x=y", true}, {"A = 'b c'", "A", "= 'b c'", true}, {`A="b c"`, "A", "b c", true}, {"A=", "A", "", true},
	} {
		name, value, set := cutEnv(c.args)
		if name != c.name || value != c.value || set != c.set {
			t.Errorf("%q is %q, %q, %v; want %q, %q, %v", c.args, name, value, set, c.name, c.value, c.set)
		}
	}
}

func TestTextWriterKeepsCharactersWhole(t *testing.T) {
	var got []string
	w := &textWriter{name: "stdout", stream: func(_, text string) { got = append(got, text) }}
	for _, b := range []byte("aé€𝄞z") {
		w.Write([]byte{b})
	}
	w.Write([]byte{0xe2, 0x82})
	w.flush()
	if s := strings.Join(got, "|"); s != "a|é|€|𝄞|z|\xe2\x82" {
		t.Errorf("got %q", s)
	}
}

func TestDependenciesAreWhatACellNeeds(t *testing.T) {
	past := []ran{
		{code: "xs := make([]int, 3)"}, {code: "other := 1"}, {code: "type t struct{}"}, {code: "func f() { g(xs) }"},
		{code: "func g(v []int) {}"}, {code: "func (t) m() {}"}, {code: "g(xs)"}, {code: "other = 2"},
		{code: "other := 3"}, {code: "fmt.Println(xs)"}, {code: "func check(ok bool) {\n\tif !ok { fmt.Println(ok) }\n}"}, {code: "check(true)"},
		{code: "total := 0"}, {code: "func add(n int) { total += n }"}, {code: "func twice(n int) { add(n); add(n) }"}, {code: "twice(2)"},
	}
	for _, c := range []struct{ code, want string }{
		{"1 + 1", ""},
		{"f()", "0 3 4 6"},
		{"other++", "8"},
		{"t{}.m()", "2 5"},
		{"xs := 1; xs++", "0 4 6"},
		{"check(false)", "10"},
		{"fmt.Println(total)", "12 13 14 15"},
	} {
		found, err := dependencies(past, c.code)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range found {
			for i, p := range past {
				if p.code == r.code {
					got = append(got, strconv.Itoa(i))
				}
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q needs %q, want %q", c.code, s, c.want)
		}
	}
}

func TestEveryMagicIsDescribed(t *testing.T) {
	m := New(nil, Options{})
	seen := map[string]bool{}
	for _, i := range m.Names() {
		if seen[i.Name] || i.Usage == "" || i.About == "" || strings.HasSuffix(i.About, ".") {
			t.Errorf("%+v is named twice or not described", i)
		}
		seen[i.Name] = true
		if text, ok := m.Help(i.Name); !ok || !strings.Contains(text, i.Usage) {
			t.Errorf("no help for %s: %q", i.Name, text)
		}
	}
}
