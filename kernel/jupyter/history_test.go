package jupyter

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warren-go/warren/kernel/history"
)

func TestHistoryRequests(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	path := filepath.Join(t.TempDir(), "h.jsonl")
	history.Open(path, log).Add(1, "a", nil)
	h := history.Open(path, log)
	for i, code := range []string{"a", "b", "a"} {
		h.Add(i+1, code, nil)
	}
	zero, two := 0, 2
	for name, test := range map[string]struct {
		q    historyRequest
		want string
	}{
		"tail":          {historyRequest{Access: "tail", N: &two}, "2.2 b;2.3 a;"},
		"whole tail":    {historyRequest{Access: "tail"}, "1.1 a;2.1 a;2.2 b;2.3 a;"},
		"range of this": {historyRequest{Access: "range", Start: 1, Stop: &two}, "2.1 a;"},
		"range to 0":    {historyRequest{Access: "range", Stop: &zero}, ""},
		"range of last": {historyRequest{Access: "range", Session: -1}, "1.1 a;"},
		"search":        {historyRequest{Access: "search", Pattern: "a", N: &two}, "2.1 a;2.3 a;"},
		"search unique": {historyRequest{Access: "search", Pattern: "*", Unique: true}, "2.2 b;2.3 a;"},
	} {
		var got strings.Builder
		for _, e := range accesses[test.q.Access](h, test.q) {
			fmt.Fprintf(&got, "%d.%d %s;", e.Session, e.Line, e.Input)
		}
		if got.String() != test.want {
			t.Errorf("%s: %s, want %s", name, got.String(), test.want)
		}
	}
}
