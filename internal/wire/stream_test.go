package wire

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
)

// Commands between the frames of a message do not begin a new one, and count for nothing.
func TestCommandsAreNoPartOfMessages(t *testing.T) {
	command := "\x04\x20" + strings.Repeat("c", 32)
	tests := map[string]struct {
		bytes string
		want  error
	}{
		"within the limits": {"\x01\x05aaaaa" + command + "\x01\x05bbbbb" + command + "\x00\x00", nil},
		"too many frames":   {"\x01\x00" + command + "\x01\x00" + command + "\x01\x00" + command + "\x00\x00", errTooLarge},
		"too many bytes":    {"\x01\x06aaaaaa" + command + "\x00\x06bbbbbb", errTooLarge},
		"huge command":      {"\x06\x00\x00\x00\x00\x00\x01\x00\x01", errTooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStream(nil, func([]byte) {})
			s.in = bufio.NewReader(bytes.NewReader([]byte(test.bytes)))
			s.open, s.limits = true, limits{bytes: 10, frames: 3}
			if frames, err := s.receive(); !errors.Is(err, test.want) {
				t.Errorf("%d frames, %v; want %v", len(frames), err, test.want)
			}
		})
	}
}
