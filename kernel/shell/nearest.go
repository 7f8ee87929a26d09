package shell

import "strings"

// Nearest returns the one of known that name is most likely a slip of, or "" when none comes near: a third of its letters
// may be wrong, missing, too many or swapped with their neighbour, at least one. Case does not count. Of several that are
// as near, the first wins.
func Nearest(name string, known []string) string {
	typed := []rune(strings.ToLower(name))
	nearest, best := "", max(1, len(typed)/3)+1
	for _, k := range known {
		if d := distance(typed, []rune(strings.ToLower(k))); d < best {
			nearest, best = k, d
		}
	}
	return nearest
}

// distance counts the letters to change, insert, delete or swap with their neighbour that turn a into b (optimal string
// alignment).
func distance(a, b []rune) int {
	beforeLast, last := make([]int, len(b)+1), make([]int, len(b)+1) // rows i-2 and i-1 of the table
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeLast[j-2]+1)
			}
		}
		beforeLast, last = last, row
	}
	return last[len(b)]
}
