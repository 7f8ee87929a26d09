package oclgrind

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"
)

const log = `
Invalid write of size 4 at global memory address 0x2000000000020
	Kernel: vadd
	Entity: Global(7,0,0) Local(3,0,0) Group(1,0,0)
	  store float %mul, float addrspace(1)* %arrayidx9, align 4, !dbg !47, !tbaa !30
	At line 8 (column 10) of input.cl:
	  c[i+1] = t[get_local_id(0)^1] * n;
	

Invalid write of size 4 at global memory address 0x1fffffffffffc
	Kernel: vadd
	Entity: Global(0,0,0) Local(0,0,0) Group(0,0,0)
	At line 9 (column 3) of input.cl:
	  c[i-1] = 0;
	

Work-group divergence detected (barrier)
	Kernel:     vadd
	Work-group: (0,0,0)
	Only 2 out of 4 work-items executed barrier
	At line 7 (column 28) of input.cl:
	  if (get_local_id(0) < 2) barrier(CLK_LOCAL_MEM_FENCE);
	

Read-write data race at local memory address 0x1000000000008
	Kernel: vadd
	
	First entity:  Global(3,0,0) Local(3,0,0) Group(0,0,0)
	At line 8 (column 12) of input.cl:
	  c[i+1] = t[get_local_id(0)^1] * n;
	
	Second entity: Global(2,0,0) Local(2,0,0) Group(0,0,0)
	At line 6 (column 22) of input.cl:
	  t[get_local_id(0)] = a[i];
	

Invalid write of size 4 at global memory address 0x2000000000024
	Kernel: vadd
	Entity: Global(8,0,0) Local(0,0,0) Group(2,0,0)
	At line 8 (column 10) of input.cl:
	  c[i+1] = t[get_local_id(0)^1] * n;
	
`

func TestFindingsAreReadFromTheLog(t *testing.T) {
	want := []Finding{
		{Kind: Access, Message: "Invalid write of size 4", Place: Place{8, 10}, Item: "7,0,0", Count: 2, Space: "global", Buffer: 1, Offset: 32},
		{Kind: Access, Message: "Invalid write of size 4", Place: Place{9, 3}, Item: "0,0,0", Count: 1, Space: "global", Buffer: 1, Offset: -4},
		{Kind: Divergence, Message: "Work-group divergence detected (barrier)", Place: Place{7, 28}, Item: "0,0,0", Count: 1, Buffer: -1},
		{Kind: Race, Message: "Read-write data race", Place: Place{8, 12}, Other: Place{6, 22}, Item: "3,0,0", Second: "2,0,0", Count: 1, Space: "local", Buffer: -1},
	}
	got := parse(log)
	if len(got) != len(want) {
		t.Fatalf("%d findings: %+v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("finding %d is %+v\nwant %+v", i, got[i], want[i])
		}
	}
	if s := want[0].String(); s != "Invalid write of size 4 in global memory; work-item (7,0,0), and 1 times more" {
		t.Errorf("told as %q", s)
	}
}

func needOclgrind(t *testing.T) {
	t.Helper()
	if err := Find(); err != nil {
		t.Skip(err)
	}
}

func run(t *testing.T, l Launch) []Finding {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	found, err := Run(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatKernelsDoWrongIsFound(t *testing.T) {
	needOclgrind(t)
	ints := make([]byte, 32)
	for i := range 8 {
		binary.LittleEndian.PutUint32(ints[4*i:], uint32(i))
	}
	for _, c := range []struct {
		name, body string
		want       Kind
		line       int
	}{
		{"nothing", "\nx[i] += n;", -1, 0},
		{"write behind the end", "\n\nx[i + n] = 1;", Access, 3},
		{"read before the start", "\nx[i] = x[i - 1];", Access, 2},
		{"local memory", "\nt[get_local_id(0) + 1] = i;", Access, 2},
		{"an array's end", "\nint a[2]; a[i % 3] = 1; x[i] = a[0];", Access, 2},
		{"divergent barrier", "\nif (i % 2) barrier(CLK_LOCAL_MEM_FENCE);", Divergence, 2},
		{"race", "\nx[0] = i;", Race, 2},
		{"race in local memory", "\nt[0] = i;", Race, 2},
		{"uninitialized", "\nx[i] = t[get_local_id(0)];", Uninitialized, 2},
	} {
		l := Launch{
			Source: "kernel void f(global int *x, int n, local int *t) { int i = get_global_id(0);" + c.body + "}", Kernel: "f",
			Global: [3]int{8, 1, 1}, Local: [3]int{4, 1, 1}, Arguments: []Argument{{Data: ints}, {Data: []byte{3, 0, 0, 0}}, {Local: 16}},
		}
		found := run(t, l)
		switch {
		case c.want < 0 && len(found) > 0:
			t.Errorf("%s: found %+v", c.name, found)
		case c.want >= 0 && (len(found) == 0 || found[0].Kind != c.want || found[0].Line != c.line):
			t.Errorf("%s: found %+v", c.name, found)
		}
	}
}

func TestWhatCannotBeSimulatedSaysWhy(t *testing.T) {
	needOclgrind(t)
	base := Launch{Source: "kernel void f(global int *x) { x[get_global_id(0)] = N; }", Options: "-D N=1", Kernel: "f",
		Global: [3]int{4, 1, 1}, Local: [3]int{2, 1, 1}, Arguments: []Argument{{Data: make([]byte, 16)}}}
	if found := run(t, base); len(found) > 0 {
		t.Fatalf("found %+v", found)
	}
	for _, c := range []struct {
		name   string
		change func(*Launch)
		want   string
	}{
		{"does not compile", func(l *Launch) { l.Options = "" }, "undeclared identifier 'N'"},
		{"too much data", func(l *Launch) { l.Arguments[0].Data = make([]byte, mostData+1) }, "at most 64"},
	} {
		l := base
		l.Arguments = append([]Argument(nil), base.Arguments...)
		c.change(&l)
		if _, err := Run(t.Context(), l); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.name, err, c.want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Run(ctx, base); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled simulation ends with %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Run(t.Context(), base); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "apt-get install oclgrind") {
		t.Errorf("without Oclgrind: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(log)
	f.Add("OCLGRIND FATAL ERROR(x.cpp:1)\nsomething")
	f.Fuzz(func(t *testing.T, text string) {
		for _, one := range parse(text) {
			if one.Message == "" && one.Space == "" || one.Count < 1 {
				t.Errorf("%+v from %q", one, text)
			}
			_ = one.String()
		}
	})
}
