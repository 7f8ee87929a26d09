package worker

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"runtime/trace"

	"github.com/warren-go/warren/kernel/proto"
)

// recorder collects a profile while cells run.
type recorder struct {
	buf   bytes.Buffer
	start func(*bytes.Buffer) error
	stop  func()
}

func newRecorders() map[string]*recorder {
	return map[string]*recorder{
		"cpu":   {start: func(b *bytes.Buffer) error { return pprof.StartCPUProfile(b) }, stop: pprof.StopCPUProfile},
		"trace": {start: func(b *bytes.Buffer) error { return trace.Start(b) }, stop: trace.Stop},
	}
}

func (w *Worker) profile(m proto.Message) {
	r := w.recorders[m.Names[0]]
	if r == nil {
		w.ack(m, proto.Message{}, fmt.Errorf("no recorder %q", m.Names[0]))
		return
	}
	if m.Text == "start" {
		r.buf.Reset()
		w.ack(m, proto.Message{}, r.start(&r.buf))
		return
	}
	r.stop()
	w.ack(m, proto.Message{Blob: bytes.Clone(r.buf.Bytes())}, nil)
}
