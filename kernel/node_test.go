package kernel

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
)

// An engine that ends while its worker is being built has not failed: mpiexec would abort the others.
func TestNodesEndWhileTheirSessionOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		n := node{log: slog.New(slog.NewTextHandler(&logged, nil)), opened: true, ended: make(chan struct{})}
		if err := n.close(); err != nil || !strings.Contains(logged.String(), "while its session opens") {
			t.Errorf("got %v, logged %q", err, &logged)
		}
		close(n.ended)
	})
}
