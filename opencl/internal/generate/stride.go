package generate

import (
	"fmt"
	"slices"
	"strings"
)

// Strided rewrites a user's text for arrays whose elements do not lie side by side: x[e] becomes x[(e)*x__stride] for each
// name in arrays. A text that uses such an array in another way than by an index is an error.
func Strided(text string, arrays []string) (string, error) {
	ts, err := tokens(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	var closing []string // what to write before each ] that is still to come
	for i := 0; i < len(ts); i++ {
		t := ts[i]
		switch {
		case t.kind == word && slices.Contains(arrays, t.text) && !isMember(ts[:i]):
			if i = skipBlank(ts, i+1); i == len(ts) || ts[i].text != "[" {
				return "", fmt.Errorf("%q uses %s in another way than %s[…]; arrays with steps between their elements, such as stepped or reversed views, can only be indexed: pass a Copy",
					text, t.text, t.text)
			}
			b.WriteString(t.text + "[(")
			closing = append(closing, ")*"+t.text+"__stride")
			continue
		case t.text == "[":
			closing = append(closing, "")
		case t.text == "]" && len(closing) > 0:
			b.WriteString(closing[len(closing)-1])
			closing = closing[:len(closing)-1]
		}
		b.WriteString(t.text)
	}
	return b.String(), nil
}

// isMember tells whether the word behind these tokens is the name of a struct's field.
func isMember(before []token) bool {
	n := len(before)
	return n > 0 && before[n-1].text == "." || n > 1 && before[n-2].text == "-" && before[n-1].text == ">"
}

func skipBlank(ts []token, i int) int {
	for i < len(ts) && ts[i].kind == blank {
		i++
	}
	return i
}
