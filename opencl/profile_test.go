package opencl

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/opencl/internal/cltest"
)

// profiled runs a write, three kernels and a read under a profile.
func profiled(t *testing.T) *Trace {
	t.Helper()
	c := newContext(t)
	k := build(t, c, "__kernel void scale(__global float *x, float a) { x[get_global_id(0)] *= a; }")
	trace, err := Profile(func() error {
		x := bufferOf(t, c, make([]float32, 1<<16)...)
		for range 3 {
			e, err := k.Launch(nil, Global(1<<16).Groups(64), x, 2)
			if err != nil {
				return err
			}
			e.SetWork(Work{Bytes: 8 << 16, Flops: 1 << 16})
		}
		read(t, x)
		return c.Queue().Finish()
	}, c)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestProfileSeesEveryCommand(t *testing.T) {
	trace := profiled(t)
	var names []string
	for _, c := range trace.Commands {
		names = append(names, c.Name)
		if c.Queued < 0 || c.Queued > c.Started || c.Started > c.Ended || c.Queue != 0 {
			t.Errorf("%+v", c)
		}
	}
	if got := strings.Join(names, " "); got != "write scale scale scale read barrier" {
		t.Error(got)
	}
	kernel := trace.Commands[1]
	if kernel.Kind != KernelCommand || kernel.Range != "[65536] in groups of [64]" || kernel.Work != (Work{Bytes: 8 << 16, Flops: 1 << 16}) || trace.Commands[0].Work.Bytes != 4<<16 {
		t.Errorf("%+v", trace.Commands)
	}
	for _, s := range trace.Summaries() {
		if s.Name == "scale" && (s.Count != 3 || s.Work.Bytes != 24<<16 || s.Elapsed <= 0 || s.Shortest > s.Mean() || s.Bandwidth() <= 0 || s.FLOPS() <= 0) {
			t.Errorf("%+v", s)
		}
	}
	if trace.Bandwidth <= 0 || trace.Peak <= 0 || trace.Total <= 0 {
		t.Errorf("%v GB/s, %v GFLOPS, %v", trace.Bandwidth, trace.Peak, trace.Total)
	}
}

func TestTraceShowsItself(t *testing.T) {
	trace := &Trace{
		Device: &Device{}, Total: 20 * time.Millisecond, Bandwidth: 10, Peak: 100, Lost: 7,
		Commands: []Command{
			{Kind: WriteCommand, Name: "write", Work: Work{Bytes: 1e6}, Times: Times{Started: 0, Ended: time.Millisecond}},
			{Kind: KernelCommand, Name: "a<b", Range: "[64]", Queue: 1, Work: Work{Bytes: 8e6, Flops: 2e7}, Times: Times{Started: time.Millisecond, Ended: 2 * time.Millisecond}},
			{Kind: BarrierCommand, Name: "barrier", Times: Times{Started: 2 * time.Millisecond, Ended: 2 * time.Millisecond}},
		},
	}
	text, html, svg := trace.String(), trace.HTML(), trace.SVG()
	for _, want := range []string{"command", "GB/s", "GFLOPS", "of ceiling", "80%", "1.00 ms", "50% of that on transfers", "10 GB/s", "7 more commands were not kept"} {
		if !strings.Contains(text, want) || !strings.Contains(html, want) {
			t.Errorf("%q is not in\n%s\n%s", want, text, html)
		}
	}
	for _, want := range []string{"a&lt;b [64], 7.629 MiB: 1.00 ms", "queue 0: transfers", "queue 1: kernels"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is not in\n%s", want, svg)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if data := trace.Render().Data; data["text/html"] != html || data["text/plain"] != text {
		t.Error("the bundle is something else")
	}
	if text := (&Trace{Device: &Device{}}).String(); !strings.Contains(text, "No command was given") {
		t.Error(text)
	}
}

func TestProfileGivesErrors(t *testing.T) {
	if _, err := Profile(nil); err == nil || !strings.Contains(err.Error(), "the function is nil") {
		t.Error(err)
	}
	c := newContext(t)
	failure := errors.New("my own")
	trace, err := Profile(func() error { return failure }, c, c)
	if !errors.Is(err, failure) || trace == nil || len(trace.Commands) != 0 {
		t.Error(trace, err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		Profile(func() error { panic("mine") }, c)
	}()
	if len(c.recorders) != 0 {
		t.Error("the profile goes on after a panic")
	}
}

func TestProfilesNest(t *testing.T) {
	c := newContext(t)
	var inner *Trace
	outer, err := Profile(func() (err error) {
		bufferOf[int32](t, c, 1)
		inner, err = Profile(func() error { bufferOf[int32](t, c, 1); return nil }, c)
		return err
	}, c)
	if err != nil || len(outer.Commands) != 2 || len(inner.Commands) != 1 {
		t.Error(outer, inner, err)
	}
}

func TestCeilingsAreRemembered(t *testing.T) {
	cltest.NeedDevice(t)
	devices, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	for _, measure := range []func(*Device) (float64, error){(*Device).Bandwidth, (*Device).Peak} {
		first, err := measure(devices[0])
		if err != nil || first <= 0 {
			t.Error(first, err)
		}
		if again, err := measure(devices[0]); again != first || err != nil {
			t.Errorf("%v, then %v, %v", first, again, err)
		}
	}
}
