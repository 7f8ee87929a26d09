package markup

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func TestDurationKeepsThreeDigits(t *testing.T) {
	tests := map[time.Duration]string{
		0: "0", 5: "5 ns", 1500: "1.5 µs", 12345: "12.3 µs", 999_600: "1 ms", 999_400: "999 µs", 123_456_789: "123 ms",
		2 * time.Second: "2 s", 90 * time.Second: "90 s", -1500: "-1.5 µs",
	}
	for d, want := range tests {
		if got := Duration(d); got != want {
			t.Errorf("%d ns: got %q, want %q", int64(d), got, want)
		}
	}
}

func TestPercentOfNothingIsNone(t *testing.T) {
	if got := Percent(0, 0); got != "0.0%" {
		t.Errorf("got %q", got)
	}
	if got := Percent(1, 3); got != "33.3%" {
		t.Errorf("got %q", got)
	}
}

func TestPixelsDropsNeedlessDigits(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1: "1", 1.5: "1.5", 100: "100", 1.234: "1.23"} {
		if got := Pixels(x); got != want {
			t.Errorf("%g: got %q, want %q", x, got, want)
		}
	}
}

func TestFitCutsAtCharacters(t *testing.T) {
	tests := []struct {
		text  string
		chars int
		want  string
	}{{"Ꟶname", 5, "Ꟶname"}, {"Ꟶnames", 5, "Ꟶnam…"}, {"name", 2, ""}, {"", 0, ""}, {"name", -1, ""}}
	for _, tt := range tests {
		if got := Fit(tt.text, tt.chars); got != tt.want {
			t.Errorf("%q in %d: got %q, want %q", tt.text, tt.chars, got, tt.want)
		}
	}
}

var table = Table{
	Columns: []Column{{Title: "µ", Number: true}, {Title: "name", Code: true, Wide: true}},
	Rows: [][]Cell{
		{{Text: "1.5"}, {Text: "<b>&\x00\xff", Hint: `"quoted"`, Swatch: "#fff"}},
		{{Text: "100", Bar: 2}, {Text: "Ꟶx"}},
	},
}

func TestTableAlignsTextByCharacters(t *testing.T) {
	want := "  µ  name\n───  ──────\n1.5  a\n100  Ꟶxxxxx\n"
	plain := table
	plain.Rows = [][]Cell{{{Text: "1.5"}, {Text: "a"}}, {{Text: "100"}, {Text: "Ꟶxxxxx"}}}
	if got := plain.Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPageIsWellFormedWhateverTheText(t *testing.T) {
	picture := Inline(10, 10, "<\x01>", "<title>"+Escape("a < b && c\x02")+"</title>")
	for name, text := range map[string]string{"page": Page(table.HTML() + picture), "picture": Standalone(10, 10, `"`, "")} {
		var tree struct {
			Any []byte `xml:",innerxml"`
		}
		if err := xml.Unmarshal([]byte(text), &tree); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if strings.Contains(text, "<b>") {
			t.Errorf("%s: text became an element", name)
		}
	}
}
