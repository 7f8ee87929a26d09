package profile

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/kernel/display"
)

// dump writes the displays that the tests make, to look at: go test . -dump /tmp/pages
var dump = flag.String("dump", "", "directory to write displays to")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// checkPage fails unless each form of a display is there, small, well-formed, and without scripts or outside resources.
// It returns the forms.
func checkPage(t *testing.T, name string, d display.Data, mimes ...string) map[string]string {
	t.Helper()
	forms := map[string]string{}
	for mime, content := range d.Data {
		forms[mime] = content.(string)
	}
	if *dump != "" {
		ext := map[string]string{"text/html": ".html", "image/svg+xml": ".svg", "text/plain": ".txt"}
		for mime, content := range forms {
			if err := os.WriteFile(filepath.Join(*dump, name+ext[mime]), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(forms) != len(mimes) {
		t.Errorf("%d forms, want %v", len(forms), mimes)
	}
	for _, mime := range mimes {
		content := forms[mime]
		if content == "" {
			t.Errorf("no %s", mime)
		}
		if len(content) > 500_000 {
			t.Errorf("%s of %d bytes", mime, len(content))
		}
		if mime == "text/plain" {
			continue
		}
		if err := wellFormed(content); err != nil {
			t.Errorf("%s is not well-formed: %v", mime, err)
		}
		for _, bad := range []string{"<script", "href=", "src=", "url(", "@import"} {
			if strings.Contains(content, bad) {
				t.Errorf("%s holds %q", mime, bad)
			}
		}
	}
	return forms
}

func wellFormed(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
