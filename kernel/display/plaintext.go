package display

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// textPublisher writes plain text, for programs without a notebook. Passwords are visible as they are typed.
type textPublisher struct {
	w        io.Writer
	r        io.Reader
	terminal bool
	mu       sync.Mutex // held while w is written
}

// stdio is what os.Stdout and os.Stdin are at the moment: programs may replace them.
type stdio struct{}

func (stdio) Write(b []byte) (int, error) { return os.Stdout.Write(b) }
func (stdio) Read(b []byte) (int, error)  { return os.Stdin.Read(b) }

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *textPublisher) Display(d Data) error {
	text, ok := d.Data[MIMETypeText]
	if !ok {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := fmt.Fprintln(p.w, text)
	return err
}

func (p *textPublisher) Update(d Data) error             { return p.Display(d) }
func (p *textPublisher) Result(d Data) error             { return p.Display(d) }
func (p *textPublisher) Page(d Data) error               { return p.Display(d) }
func (p *textPublisher) Clear(bool) error                { return nil }
func (p *textPublisher) SetNextInput(string, bool) error { return nil }

// drawLine implements lineDrawer: on a terminal the line is written over, elsewhere only its first and last states are
// written.
func (p *textPublisher) drawLine(text string, at moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.terminal && at == ending:
		fmt.Fprintf(p.w, "\r\x1b[K%s\n", text)
	case p.terminal:
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	case at != between:
		fmt.Fprintln(p.w, text)
	}
}

// Input reads a line byte by byte, so that nothing after it is taken from the program's own reads.
func (p *textPublisher) Input(prompt string, _ bool) (string, error) {
	p.mu.Lock()
	fmt.Fprint(p.w, prompt)
	p.mu.Unlock()
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := p.r.Read(b)
		if n == 1 && b[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, b[:n]...)
		if err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
	}
}
