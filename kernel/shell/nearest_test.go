package shell

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"time", "timeit", "who", "whos", "writefile", "lsmagic", "pwd", "bash"}
	tests := []struct{ name, want string }{
		{"time", "time"},
		{"tiem", "time"},    // two letters swapped
		{"tmie", "time"},    // the same
		{"timit", "timeit"}, // a letter missing
		{"whoo", "who"},     // one too many; "whos" is as near and comes later
		{"wirtefle", "writefile"},
		{"LSMAGIC", "lsmagic"}, // case does not count
		{"ls", ""},
		{"xyz", ""},
		{"", ""},
		{"größe", ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, known); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := Nearest("time", nil); got != "" {
		t.Errorf("got %q from nothing", got)
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1},
		{"abc", "acb", 1}, {"kitten", "sitting", 3}, {"größe", "grosse", 3}, {"世界", "世", 1},
	}
	for _, tt := range tests {
		if got := distance([]rune(tt.a), []rune(tt.b)); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
