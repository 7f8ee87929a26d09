package jupyter

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/warren-go/warren/kernel/history"
)

// historyRequest is the content of a history_request.
type historyRequest struct {
	Output  bool   `json:"output"`
	Access  string `json:"hist_access_type"`
	Session int    `json:"session"`
	Start   int    `json:"start"`
	Stop    *int   `json:"stop"`
	N       *int   `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// accesses are the kinds of history_request.
var accesses = map[string]func(*history.History, historyRequest) []history.Entry{
	"tail":  func(h *history.History, q historyRequest) []history.Entry { return q.last(h.All()) },
	"range": between,
	"search": func(h *history.History, q historyRequest) []history.Entry {
		return q.last(h.Search(q.Pattern, q.Unique))
	},
}

func (k *kernel) searchHistory(_ context.Context, r request) content {
	q := historyRequest{Pattern: "*"}
	if err := json.Unmarshal(r.Content, &q); err != nil {
		return badRequest(r, err)
	}
	access, ok := accesses[q.Access]
	if !ok {
		return badRequest(r, fmt.Errorf("hist_access_type %q is not known, use tail, range or search", q.Access))
	}
	list := [][]any{}
	for _, e := range access(k.history, q) {
		var what any = e.Input
		if q.Output {
			what = []any{e.Input, e.Output}
		}
		list = append(list, []any{e.Session, e.Line, what})
	}
	return content{"status": "ok", "history": list}
}

// last gives as many of the last entries as are asked for.
func (q historyRequest) last(entries []history.Entry) []history.Entry {
	if q.N == nil {
		return entries
	}
	return history.Last(entries, *q.N)
}

// between gives the lines start to stop, without stop, of one session.
func between(h *history.History, q historyRequest) []history.Entry {
	switch {
	case q.Stop == nil:
		return h.Between(q.Session, q.Start, 0)
	case *q.Stop <= 0:
		return nil
	}
	return h.Between(q.Session, q.Start, *q.Stop)
}
