package engine

import (
	"io"
	"sync"
	"unicode/utf8"
)

// Output shows clients what a request prints and draws, while it runs. Its methods may be called from several goroutines, also
// after the request has ended.
type Output struct {
	count          int
	publish        func(topic, kind string, content any) error
	stdout, stderr stream
}

// NewOutput returns an Output that hands each message to publish, with the end of its topic, its type and its content. An engine makes
// one for each request; count is as Count returns it.
func NewOutput(count int, publish func(topic, kind string, content any) error) *Output {
	o := &Output{count: count, publish: publish}
	o.stdout.send = o.sender("stdout")
	o.stderr.send = o.sender("stderr")
	return o
}

func (o *Output) sender(name string) func(text []byte) error {
	return func(text []byte) error {
		return o.publish(name, "stream", map[string]string{"name": name, "text": string(text)})
	}
}

// Count numbers the code that runs, as clients do who show "In [3]". Silent code has the number of the code that follows.
func (o *Output) Count() int { return o.count }

// Stdout takes the text of the standard output. Each Write becomes a message, so gather small ones.
func (o *Output) Stdout() io.Writer { return &o.stdout }

// Stderr takes the text of the standard error output, as Stdout does.
func (o *Output) Stderr() io.Writer { return &o.stderr }

// Display shows something by its media types, such as "image/png" (in base64) and "text/html".
func (o *Output) Display(data, metadata map[string]any) error {
	return o.publish("displaypub", "display_data", map[string]any{"data": object(data), "metadata": object(metadata)})
}

// Publish sends a message of another kind, such as "update_display_data" or "clear_output". Clients that do not know it leave it.
func (o *Output) Publish(kind string, content any) error { return o.publish(kind, kind, content) }

func (o *Output) result(r *Result, count int) error {
	return o.publish("execute_result", "execute_result", map[string]any{
		"execution_count": count, "data": object(r.Data), "metadata": object(r.Metadata),
	})
}

// flush sends what the streams hold back.
func (o *Output) flush() {
	o.stdout.flush()
	o.stderr.flush()
}

func object(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// stream sends text. The beginning of a character whose other bytes have not come yet waits for them.
type stream struct {
	send func(text []byte) error

	mu   sync.Mutex
	rest []byte
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := append(s.rest, p...)
	n := len(text) - partial(text)
	s.rest = append([]byte(nil), text[n:]...)
	if n == 0 {
		return len(p), nil
	}
	if err := s.send(text[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (s *stream) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) > 0 {
		_ = s.send(s.rest) // nobody is left to tell
		s.rest = nil
	}
}

// partial is how many bytes at the end of text begin a character without ending it.
func partial(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
