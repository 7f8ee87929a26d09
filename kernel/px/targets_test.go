package px

import (
	"slices"
	"strings"
	"testing"
)

func TestEnginesAreChosenAsPythonWritesThem(t *testing.T) {
	ids := []int{0, 1, 2, 5}
	tests := []struct {
		text string
		want []int
		err  string
	}{
		{text: "", want: ids},
		{text: "all", want: ids},
		{text: "0,2", want: []int{0, 2}},
		{text: " [5, 0, 5] ", want: []int{5, 0}},
		{text: "-1", want: []int{5}},
		{text: "1:3", want: []int{1, 2}},
		{text: "::2", want: []int{0, 2}},
		{text: "-2:", want: []int{2, 5}},
		{text: ":99999999999,1", want: ids},
		{text: "1::9223372036854775807", want: []int{1}},
		{text: "3", err: "there is no engine 3; there are [0 1 2 5]"},
		{text: "-9", err: "there is no engine -9"},
		{text: "two", err: `"two" names no engines`},
		{text: "1:x", err: `"1:x" names no engines`},
		{text: "1:2:0", err: "names no engines"},
		{text: "1:2:3:4", err: "names no engines"},
		{text: "3:3", err: "names none of the engines"},
		{text: ",", err: "names none"},
	}
	for _, test := range tests {
		got, err := Choose(test.text, ids)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v, want %q", test.text, err, test.err)
			}
		case err != nil || !slices.Equal(got, test.want):
			t.Errorf("%q: %v, %v; want %v", test.text, got, err, test.want)
		}
	}
}

func FuzzChoose(f *testing.F) {
	for _, text := range []string{"all", "0,2", "1:3", "-1", "::2", "9223372036854775807:", "-9223372036854775808", "::9223372036854775807"} {
		f.Add(text)
	}
	ids := []int{0, 1, 4}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Choose(text, ids)
		if err == nil && len(got) == 0 {
			t.Errorf("%q: no engine and no error", text)
		}
		for _, id := range got {
			if !slices.Contains(ids, id) {
				t.Errorf("%q: %v", text, got)
			}
		}
	})
}
