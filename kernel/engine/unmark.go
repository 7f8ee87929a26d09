package engine

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/proto"
)

// Where compiled code keeps the marks of unexported names (see build.Workspace), what it prints and reports shows them.
// Here they are taken out, so that the user reads the names he wrote.

// unmarked passes on text without marks. The pump never cuts a character in two.
func unmarked(deliver func(name, text string)) func(name, text string) {
	return func(name, text string) { deliver(name, strings.ReplaceAll(text, build.Mark, "")) }
}

// plainly passes on text as the user would have written it.
func plainly(ws *build.Workspace, deliver func(name, text string)) func(name, text string) {
	return func(name, text string) { deliver(name, ws.Plain(text)) }
}

// plainMessage makes all texts of a message plain, but for stacks, which are read frame by frame later.
func plainMessage(ws *build.Workspace, m proto.Message) proto.Message {
	text, err := json.Marshal(m)
	if err != nil || !bytes.Contains(text, []byte(build.Mark)) && !bytes.Contains(text, []byte(build.Prefix)) {
		return m
	}
	var plain proto.Message
	if err := json.Unmarshal([]byte(ws.Plain(string(text))), &plain); err != nil {
		return m
	}
	plain.Buffers = m.Buffers
	if m.Failure != nil {
		plain.Failure.Stack = m.Failure.Stack
	}
	return plain
}
