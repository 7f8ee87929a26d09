package px

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Choose gives the ids that text names, of those that there are, in the order of the text: "all" or "", numbers and half-open ranges
// as Python has them ("0,2", "1:", ":2", "::2"), with negative numbers counted from the end.
func Choose(text string, ids []int) ([]int, error) {
	if text = strings.TrimSpace(text); text == "" || text == "all" {
		return ids, nil
	}
	var chosen []int
	for _, word := range strings.FieldsFunc(strings.Trim(text, "[]"), func(r rune) bool { return r == ',' || r == ' ' }) {
		some, err := choose(word, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			if !slices.Contains(chosen, id) {
				chosen = append(chosen, id)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%q names none of the engines %v", text, ids)
	}
	return chosen, nil
}

func choose(word string, ids []int) ([]int, error) {
	if !strings.Contains(word, ":") {
		return one(word, ids)
	}
	parts := strings.Split(word, ":")
	bounds := [3]int{0, len(ids), 1}
	for i, p := range parts {
		if i == len(bounds) {
			return nil, notUnderstood(word)
		}
		if p == "" {
			continue
		}
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, notUnderstood(word)
		}
		if n < 0 && i < 2 {
			n += len(ids)
		}
		bounds[i] = n
	}
	if bounds[2] < 1 {
		return nil, notUnderstood(word)
	}
	var some []int
	for i := max(bounds[0], 0); i < min(bounds[1], len(ids)); i += min(bounds[2], len(ids)) {
		some = append(some, ids[i])
	}
	return some, nil
}

// one is an engine by its id, or counted from the last.
func one(word string, ids []int) ([]int, error) {
	n, err := strconv.Atoi(word)
	if err != nil {
		return nil, notUnderstood(word)
	}
	if n < 0 && len(ids)+n >= 0 {
		n = ids[len(ids)+n]
	}
	if !slices.Contains(ids, n) {
		return nil, fmt.Errorf("there is no engine %d; there are %v", n, ids)
	}
	return []int{n}, nil
}

func notUnderstood(word string) error {
	return fmt.Errorf("%q names no engines: write all, 0,2 or 1:3", word)
}
