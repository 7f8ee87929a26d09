package gopls

import (
	"testing"
	"unicode/utf8"
)

func TestPositionsCountUTF16Units(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		offset int
		want   position
	}{
		{"start", "abc", 0, position{0, 0}},
		{"ASCII", "ab\ncd", 4, position{1, 1}},
		{"after a newline", "ab\n", 3, position{1, 0}},
		{"before a newline", "ab\ncd", 2, position{0, 2}},
		{"two bytes, one unit", "é!", 2, position{0, 1}},
		{"three bytes, one unit", "世界!", 6, position{0, 2}},
		{"four bytes, two units", "😀!", 4, position{0, 2}},
		{"combined emoji", "👩‍🔬!", len("👩‍🔬"), position{0, 5}},
		{"after CRLF", "a\r\nb", 3, position{1, 0}},
		{"invalid bytes", "\xff\xfe!", 2, position{0, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := positionAt(tt.text, tt.offset)
			if err != nil || got != tt.want {
				t.Errorf("positionAt: %v, %v, want %v", got, err, tt.want)
			}
			back, err := offsetOf(tt.text, tt.want)
			if err != nil || back != tt.offset {
				t.Errorf("offsetOf: %d, %v, want %d", back, err, tt.offset)
			}
		})
	}
}

func TestPositionInsideACharacterIsItsStart(t *testing.T) {
	if got, err := positionAt("a😀", 3); err != nil || got != (position{0, 1}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPositionsOutsideTheText(t *testing.T) {
	for _, offset := range []int{-1, 4} {
		if got, err := positionAt("abc", offset); err == nil {
			t.Errorf("positionAt(%d): %v and no error", offset, got)
		}
	}
	if got, err := offsetOf("abc\n", position{2, 0}); err == nil {
		t.Errorf("line beyond the end: %d and no error", got)
	}
	if got, err := offsetOf("abc\nd", position{0, 9}); err != nil || got != 3 {
		t.Errorf("character beyond the end of its line: %d, %v, want 3", got, err)
	}
	if start, end, err := offsetsOf("abc", span{position{0, 2}, position{0, 1}}); err == nil {
		t.Errorf("backward range: %d, %d and no error", start, end)
	}
}

func FuzzPositionsRoundTrip(f *testing.F) {
	f.Add("a😀\n世\xff界\r\n", 5)
	f.Fuzz(func(t *testing.T, text string, offset int) {
		p, err := positionAt(text, offset)
		if err != nil {
			if offset >= 0 && offset <= len(text) {
				t.Fatal(err)
			}
			return
		}
		back, err := offsetOf(text, p)
		if err != nil {
			t.Fatal(err)
		}
		if back > offset || offset-back >= utf8.UTFMax {
			t.Errorf("offset %d of %q came back as %d", offset, text, back)
		}
		if again, err := positionAt(text, back); err != nil || again != p {
			t.Errorf("position %v of %q came back as %v, %v", p, text, again, err)
		}
	})
}
