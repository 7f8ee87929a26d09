package magic

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/history"
)

// pastCells is the third session of a user, who ran "x := 1", "x", "x" in the first, and "y" in the second.
func pastCells(t *testing.T) *history.History {
	t.Helper()
	path, log := filepath.Join(t.TempDir(), "history.jsonl"), slog.New(slog.DiscardHandler)
	result := "1"
	first := history.Open(path, log)
	first.Add(1, "x := 1\n", nil)
	first.Add(2, "x", &result)
	first.Add(3, "x", &result)
	history.Open(path, log).Add(1, "y", nil)
	h := history.Open(path, log)
	result = "3"
	h.Add(1, "a := 1", nil)
	h.Add(2, "b := 2", nil)
	h.Add(3, "c := a + b\nc", &result)
	return h
}

func TestHistoryOptions(t *testing.T) {
	h := pastCells(t)
	for args, want := range map[string]string{
		"":                       "a := 1|b := 2|c := a + b|c",
		"2":                      "b := 2",
		"1-2":                    "a := 1|b := 2",
		"1:2":                    "a := 1",
		"2-":                     "b := 2|c := a + b|c",
		"2 1":                    "b := 2|a := 1",
		"~1/":                    "y",
		"~1/1":                   "y",
		"~2/2-3":                 "x|x",
		"1/1":                    "x := 1",
		"~2/3-~1/1":              "x|y",
		"~2/3-~1/":               "x|y",
		"9":                      "",
		"~9/":                    "",
		"2:1":                    "",
		"-l 2":                   "b := 2|c := a + b|c",
		"-l4":                    "y|a := 1|b := 2|c := a + b|c",
		"-nl 4":                  " 2/1: y|   1: a := 1|   2: b := 2|   3:|c := a + b|c",
		"-n 1-2":                 "   1: a := 1|   2: b := 2",
		"-o 3":                   "c := a + b|c|3",
		"-no ~2/2":               " 1/2: x|1",
		"-u ~2/1-3":              "x := 1|x",
		"-g x":                   " 1/1: x := 1| 1/2: x| 1/3: x",
		"-g :=*1":                " 1/1: x := 1|   1: a := 1",
		"-u -g x":                " 1/1: x := 1| 1/3: x",
		"-g a + b":               "   3:|c := a + b|c",
		"-g nowhere":             "",
		"-z":                     "there is no option -z",
		"-l x":                   "-l takes a number of cells",
		"-l 0":                   "-l takes a number of cells",
		"-l -g x":                "not both",
		"x":                      "is no range of cells",
		"1-2-3":                  "is no range of cells",
		"99999999999999999999/1": "",
	} {
		o, err := parseHistory(args)
		var cells []history.Entry
		if err == nil {
			cells, err = o.find(h)
		}
		var text strings.Builder
		for _, e := range cells {
			text.WriteString(o.text(e, h.Session()))
		}
		got := strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "\n", "|")
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || want == "" || !strings.Contains(got, want)) {
			t.Errorf("%%history %s: %q, want %q", args, got, want)
		}
	}
}
