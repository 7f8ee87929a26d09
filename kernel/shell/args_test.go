package shell

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		args string
		want []string
	}{
		{"", nil},
		{" \t\n", nil},
		{"a  b\tc", []string{"a", "b", "c"}},
		{`'a b' "c d" e\ f`, []string{"a b", "c d", "e f"}},
		{`a'b'"c"d`, []string{"abcd"}},
		{`'' ""`, []string{"", ""}},
		{`'\n"'`, []string{`\n"`}},
		{`"\n \" \\ \$ \` + "\\`" + `"`, []string{`\n " \ $ \` + "`"}},
		{"a\\\nb", []string{"ab"}},
		{"a \\\n b", []string{"a", "b"}},
		{"a \\\r\n b", []string{"a", "b"}},
		{"\"a\\\nb\"", []string{"ab"}},
		{"größe '世 界' 😀", []string{"größe", "世 界", "😀"}},
		{`C=\'x\'`, []string{"C='x'"}},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			got, err := Split(tt.args)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestSplitSaysWhatIsLeftOpen(t *testing.T) {
	tests := map[string]string{
		`'a`:   "single quote",
		`b "a`: "double quote",
		`"a\`:  "double quote",
		`a\`:   "nothing follows",
	}
	for args, part := range tests {
		if got, err := Split(args); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got %q, %v, want an error with %q", args, got, err, part)
		}
	}
}

func TestSplitAgreesWithTheShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh in PATH to compare with")
	}
	for _, args := range []string{
		`a 'b c' "d \"e\" \x" f\ g ''`, "x\\\ny \"1\\\n2\" '3\\\n4'", `a"b"'c'\d`, `"'" '"' \'\"`, `"\\" \\ '\\'`,
	} {
		out, err := exec.Command(sh, "-c", "printf '<%s>' "+args).Output()
		if err != nil {
			t.Fatal(err)
		}
		words, err := Split(args)
		if err != nil {
			t.Fatal(err)
		}
		if got := "<" + strings.Join(words, "><") + ">"; got != string(out) {
			t.Errorf("%s: got %s, the shell says %s", args, got, out)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(`a 'b c' "d \"e" f\ g`)
	f.Fuzz(func(t *testing.T, args string) {
		words, err := Split(args)
		if err != nil {
			return
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(again, words) {
			t.Errorf("%q gave %q, and quoted again %q, %v", args, words, again, err)
		}
	})
}
