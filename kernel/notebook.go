package kernel

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/gopls"
	"github.com/warren-go/warren/kernel/history"
	"github.com/warren-go/warren/kernel/jupyter"
	"github.com/warren-go/warren/kernel/shell"
)

// notebook is the interpreter behind the Jupyter front end.
type notebook struct {
	*session
	history *history.History
	log     *slog.Logger
	ctx     context.Context
	stop    context.CancelFunc

	mu        sync.Mutex
	assistant *gopls.Server
}

func (n *notebook) Info() jupyter.Info {
	return jupyter.Info{
		Implementation: "warren", ImplementationVersion: Version,
		LanguageVersion: strings.TrimPrefix(runtime.Version(), "go"),
		Banner:          "Warren " + Version + ": Go cells compiled to native code, with state. %help lists the magics.",
		HelpLinks: []jupyter.HelpLink{
			{Text: "A Tour of Go", URL: "https://go.dev/tour/"},
			{Text: "Go standard library", URL: "https://pkg.go.dev/std"},
			{Text: "Effective Go", URL: "https://go.dev/doc/effective_go"},
			{Text: "Gonum", URL: "https://pkg.go.dev/gonum.org/v1/gonum"},
			{Text: "Warren", URL: "https://github.com/warren-go/warren"},
		},
	}
}

func (n *notebook) Execute(ctx context.Context, c jupyter.Cell, out engine.Output) error {
	return n.session.Execute(ctx, c.Code, c.Count, out)
}

// Ahead has queued cells compiled. Those with magics are left out: what they run is known only when they do.
func (n *notebook) Ahead(queued []jupyter.Cell) {
	var cells []engine.Queued
	for _, c := range queued {
		if plain(c.Code) {
			cells = append(cells, engine.Queued{Code: c.Code, Count: c.Count})
		}
	}
	n.engine.Ahead(cells)
}

func plain(code string) bool {
	parsed, err := shell.Parse(code)
	if err != nil {
		return false
	}
	for _, s := range parsed.Segments {
		if s.Kind != shell.Go {
			return false
		}
	}
	return true
}

func (n *notebook) IsComplete(code string) (status, indent string) {
	parsed, err := shell.Parse(code)
	if err != nil {
		return cell.Complete(code)
	}
	for _, s := range parsed.Segments {
		if s.Kind == shell.CellMagic {
			return "complete", ""
		}
	}
	return cell.Complete(parsed.Code)
}

func (n *notebook) Comm(ctx context.Context, m engine.CommMessage, out engine.Output) error {
	return n.engine.Comm(ctx, m, out)
}

func (n *notebook) Close() error {
	n.stop()
	n.mu.Lock()
	assistant := n.assistant
	n.mu.Unlock()
	if assistant != nil {
		assistant.Close()
	}
	return n.session.Close()
}
