package opencl

import (
	"regexp"
	"strconv"
	"strings"
)

// buildMessages are the ways in which Clang, from which nearly all compilers of OpenCL C come, begins a message:
// file:line:column: kind: text, and, as PoCL writes it, kind: file:line:column: text.
var buildMessages = []*regexp.Regexp{
	regexp.MustCompile(`^(?:\S*?:)?(?P<line>\d+):(?P<column>\d+): (?P<kind>fatal error|error|warning|note): (?P<text>.*)$`),
	regexp.MustCompile(`^(?P<kind>fatal error|error|warning|note): \S*?:(?P<line>\d+):(?P<column>\d+): (?P<text>.*)$`),
}

// buildLines finds the messages about the source in a compiler's log.
func buildLines(log, source string) []BuildLine {
	text := strings.Split(source, "\n")
	var lines []BuildLine
	for message := range strings.Lines(log) {
		l, ok := buildLine(strings.TrimSpace(message))
		if ok && l.Line >= 1 && l.Line <= len(text) {
			l.Text = text[l.Line-1]
			lines = append(lines, l)
		}
	}
	return lines
}

func buildLine(message string) (BuildLine, bool) {
	for _, form := range buildMessages {
		m := form.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		part := func(name string) string { return m[form.SubexpIndex(name)] }
		line, noLine := strconv.Atoi(part("line"))
		column, noColumn := strconv.Atoi(part("column"))
		return BuildLine{Line: line, Column: column, Kind: part("kind"), Message: part("text")}, noLine == nil && noColumn == nil
	}
	return BuildLine{}, false
}
