package mpi_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/mpi"
)

// steps makes a program of functions that all ranks go through, with a barrier between.
func steps(all ...func(c *mpi.Comm) error) func(*mpi.Comm) error {
	return func(c *mpi.Comm) error {
		for i, f := range all {
			if err := errors.Join(f(c), c.Barrier()); err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
		}
		return nil
	}
}

func expect(what string, got, want any) error {
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s: got %v, want %v", what, got, want)
	}
	return nil
}

// expectError checks that an error says all of what is wanted.
func expectError(err error, want ...string) error {
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			return fmt.Errorf("got the error %v, want %q in it", err, w)
		}
	}
	return nil
}

func init() {
	programs["messages"] = steps(ring, longAndShort, nonBlocking, fromAnyone, probed, values, truncated, wrongType, interrupted, manyGoroutines, wrongArguments)
	programs["communicators"] = steps(split, cartesian)
}

func TestMessages(t *testing.T) {
	for _, n := range []int{2, 3, 4} {
		passes(t, n, "messages")
	}
	passes(t, 2, "messages", "WARREN_MPI_TEST_MULTIPLE=1")
	passes(t, 2, "messages", "WARREN_MPI_TEST_FUNNELED=1")
}

func TestCommunicators(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4} {
		passes(t, n, "communicators")
	}
}

func ring(c *mpi.Comm) error {
	next, before := (c.Rank()+1)%c.Size(), (c.Rank()+c.Size()-1)%c.Size()
	token := []int{c.Rank()}
	for range c.Size() {
		if _, err := mpi.Sendrecv(c, token, next, 1, token, before, 1); err != nil {
			return err
		}
	}
	return expect("a token that went around", token[0], c.Rank())
}

// Messages are sent whole whatever protocol the library has for their length, and a collection of garbage may come at any time.
func longAndShort(c *mpi.Comm) error {
	for _, n := range []int{0, 1, 100, 5_000, 1_000_000} {
		switch c.Rank() {
		case 0:
			if err := mpi.Send(c, numbersOf[float64](7, n), 1, n); err != nil {
				return err
			}
			if err := mpi.Ssend(c, numbersOf[float64](8, n), 1, n); err != nil {
				return err
			}
		case 1:
			for _, seed := range []int{7, 8} {
				buf := make([]float64, n+1)
				runtime.GC()
				s, err := mpi.Recv(c, buf, 0, n)
				if err := errors.Join(err, expect("status", s, mpi.Status{Source: 0, Tag: n, Count: n})); err != nil {
					return err
				}
				if !slices.Equal(buf[:n], numbersOf[float64](seed, n)) {
					return fmt.Errorf("the message of %d came as another", n)
				}
			}
		}
	}
	return nil
}

func nonBlocking(c *mpi.Comm) error {
	if c.Rank() != 0 {
		r, err := mpi.Isend(c, []int{c.Rank()}, 0, c.Rank())
		if err != nil {
			return err
		}
		_, err = mpi.Waitall(r)
		return err
	}
	var requests []*mpi.Request
	bufs := make([][]int, c.Size())
	for from := 1; from < c.Size(); from++ {
		bufs[from] = make([]int, 2)
		r, err := mpi.Irecv(c, bufs[from], from, mpi.AnyTag)
		if err != nil {
			return err
		}
		requests = append(requests, r)
	}
	runtime.GC()
	seen := map[int]bool{}
	for {
		i, s, err := mpi.Waitany(requests...)
		if i < 0 || err != nil {
			return errors.Join(err, expect("ranks that sent", len(seen), c.Size()-1))
		}
		seen[s.Source] = true
		if done, again, err := requests[i].Test(); !done || again != s || err != nil {
			return fmt.Errorf("a request that is done: Test says %v, %v, %v", done, again, err)
		}
		requests[i] = nil
		if err := expect("message", bufs[s.Source], []int{s.Tag, 0}); err != nil {
			return err
		}
	}
}

// fromAnyone receives from whoever sends.
func fromAnyone(c *mpi.Comm) error {
	if c.Rank() != 0 {
		return mpi.Send(c, []uint8{uint8(c.Rank())}, 0, 40+c.Rank())
	}
	sum := 0
	for range c.Size() - 1 {
		buf := []uint8{0}
		s, err := mpi.Recv(c, buf, mpi.AnySource, mpi.AnyTag)
		if err := errors.Join(err, expect("tag", s.Tag, 40+int(buf[0])), expect("source", s.Source, int(buf[0]))); err != nil {
			return err
		}
		sum += s.Source
	}
	return expect("sum of ranks", sum, c.Size()*(c.Size()-1)/2)
}

func probed(c *mpi.Comm) error {
	switch c.Rank() {
	case 0:
		return errors.Join(mpi.Send(c, []int32{1, 2, 3}, 1, 9), mpi.Send(c, []int32{4}, 1, 9), mpi.Send(c, []int32{}, 1, 9))
	case 1:
		m, err := mpi.Mprobe(c, mpi.AnySource, 9)
		if err != nil {
			return err
		}
		_, err = mpi.Mrecv(m, make([]int32, 2))
		if !errors.Is(err, mpi.ErrTruncate) {
			return fmt.Errorf("3 elements into 2: %v", err)
		}
		next, _, err := mpi.RecvSlice[int32](c, 0, 9) // not the one that was probed
		if err := errors.Join(err, expect("next message", next, []int32{4})); err != nil {
			return err
		}
		buf := make([]int32, m.Bytes/4)
		s, err := mpi.Mrecv(m, buf)
		if err := errors.Join(err, expect("probed message", buf, []int32{1, 2, 3}), expect("count", s.Count, 3)); err != nil {
			return err
		}
		if _, err := mpi.Mrecv(m, buf); err == nil {
			return errors.New("a message was received twice")
		}
		none, _, err := mpi.RecvSlice[int32](c, 0, 9)
		if m, err := mpi.Improbe(c, 0, 9); m != nil || err != nil {
			return fmt.Errorf("a message that nobody sent: %v, %v", m, err)
		}
		return errors.Join(err, expect("empty message", len(none), 0))
	}
	return nil
}

type person struct {
	Name string
	Born map[string]int
}

func values(c *mpi.Comm) error {
	ada := person{"Ada", map[string]int{"London": 1815}}
	switch c.Rank() {
	case 0:
		if err := errors.Join(mpi.SendValue(c, ada, 1, 3), mpi.SendValue(c, "a string", 1, 3)); err != nil {
			return err
		}
	case 1:
		got, s, err := mpi.RecvValue[person](c, 0, 3)
		if err := errors.Join(err, expect("value", got, ada), expect("status", s, mpi.Status{Source: 0, Tag: 3, Count: 1})); err != nil {
			return err
		}
		_, _, err = mpi.RecvValue[person](c, 0, 3)
		if err := expectError(err, "RecvValue", "no mpi_test.person"); err != nil {
			return err
		}
	}
	root := c.Size() - 1
	mine := person{Name: fmt.Sprint(c.Rank())}
	got, err := mpi.BcastValue(c, mine, root)
	if err := errors.Join(err, expect("broadcast", got.Name, fmt.Sprint(root))); err != nil {
		return err
	}
	_, err = mpi.BcastValue(c, func() {}, root)
	if err := expectError(err, "BcastValue"); err != nil { // on all ranks, not on root only
		return err
	}
	all, err := mpi.GatherValues(c, mine, root)
	if err != nil || c.Rank() != root {
		return errors.Join(err, expect("gathered elsewhere", len(all), 0))
	}
	for r, p := range all {
		if err := expect("gathered", p.Name, fmt.Sprint(r)); err != nil {
			return err
		}
	}
	return nil
}

func truncated(c *mpi.Comm) error {
	switch c.Rank() {
	case 0:
		return mpi.Send(c, make([]float64, 10), 1, 5)
	case 1:
		_, err := mpi.Recv(c, make([]float64, 9), 0, 5)
		if !errors.Is(err, mpi.ErrTruncate) {
			return fmt.Errorf("10 elements into 9: %v", err)
		}
		return expectError(err, "mpi: Recv: rank 1 of ", " of up to 9 elements from rank 0, tag 5")
	}
	return nil
}

func wrongType(c *mpi.Comm) error {
	switch c.Rank() {
	case 0:
		return mpi.Send(c, []uint8{1, 2, 3}, 1, 5)
	case 1:
		_, err := mpi.Recv(c, make([]float64, 9), 0, 5)
		return expectError(err, "3 bytes, no whole number of elements of 8")
	}
	return nil
}

// A receive that is ended is taken back, so that the message is there for the next.
func interrupted(c *mpi.Comm) error {
	switch c.Rank() {
	case 0:
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if _, err := mpi.Recv(c.With(ctx), make([]int, 1), 1, 6); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("a receive with an end: %v", err)
		}
		if _, err := mpi.Mprobe(c.With(ctx), 1, 6); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("a probe with an end: %v", err)
		}
		if err := mpi.Send(c, []int{1}, 1, 6); err != nil {
			return err
		}
		buf := make([]int, 1)
		_, err := mpi.Recv(c, buf, 1, 6)
		return errors.Join(err, expect("the message after", buf[0], 2))
	case 1:
		if _, err := mpi.Recv(c, make([]int, 1), 0, 6); err != nil {
			return err
		}
		return mpi.Send(c, []int{2}, 0, 6)
	}
	return nil
}

// Goroutines of a rank talk to those of another, each with its own tag, in any order.
func manyGoroutines(c *mpi.Comm) error {
	if c.Rank() > 1 {
		return nil
	}
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for tag := range errs {
		wg.Go(func() {
			buf := make([]int, 1)
			for i := range 50 {
				if c.Rank() == 0 {
					errs[tag] = errors.Join(errs[tag], mpi.Send(c, []int{i * tag}, 1, tag))
				}
				_, err := mpi.Recv(c, buf, 1-c.Rank(), tag)
				if c.Rank() == 1 {
					err = errors.Join(err, mpi.Send(c, []int{i * tag}, 0, tag))
				}
				errs[tag] = errors.Join(errs[tag], err, expect("message", buf[0], i*tag))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func wrongArguments(c *mpi.Comm) error {
	n := c.Size()
	x, y := make([]int, 4), make([]int, 3)
	_, recv := mpi.Recv(c, x, n, 0)
	_, tag := mpi.Recv(c, x, 0, -5)
	_, color := c.Split(-7, 0)
	_, grid := mpi.NewCart(c, []int{n, 2}, nil, false)
	var none *mpi.Comm
	for _, e := range []struct {
		err  error
		want string
	}{
		{mpi.Send(c, x, n, 0), fmt.Sprintf("mpi: Send: rank %d of %d: no rank %d to send to; ranks are 0 to %d", c.Rank(), n, n, n-1)},
		{mpi.Send(c, x, 0, -1), "tag -1 is not one of 0 to"},
		{mpi.Send(none, x, 0, 0), "mpi: Send: the communicator is nil"},
		{none.Barrier(), "mpi: Barrier: the communicator is nil"},
		{recv, "to receive from"},
		{tag, "nor AnyTag"},
		{color, "color -7"},
		{grid, "cannot be made of"},
		{mpi.Bcast(c, x, -1), "no rank -1 for a root"},
		{mpi.Allreduce(c, x, y, mpi.Sum), "recv has 3 elements, send 4"},
		{mpi.Allreduce(c, []float64{1}, []float64{1}, mpi.BitOr), "BitOr is for integers, not for elements of type float64"},
		{mpi.Allreduce(c, []complex64{1}, []complex64{1}, mpi.Max), "Max is for integers and floats"},
		{mpi.Allreduce(c, x, x, mpi.Op{}), "the zero Op"},
		{mpi.Allreduce(c, x, x, mpi.OpOf[int](nil)), "the function is nil"},
		{mpi.Allreduce(c, x, x, mpi.OpOf(func(a, b int8) int8 { return a })), "OpOf[int8] does not take elements of type int"},
		{mpi.Allgather(c, x, y), "recv has 3 elements"},
		{mpi.Allgatherv(c, x, y, []int{1}), "1 counts for"},
		{mpi.Allgatherv(c, x, y, make([]int, n)), "recv has 3 elements, the counts are 0 together"},
		{mpi.Alltoall(c, x, y), "send has 4 elements, recv 3"},
	} {
		if err := expectError(e.err, e.want); err != nil {
			return err
		}
	}
	// A panic of an operation's function.
	err := mpi.Allreduce(c, x, make([]int, 4), mpi.OpOf(func(a, b int) int { panic("no such sum") }))
	if err != nil {
		return expectError(err, "Allreduce", "no such sum")
	}
	return nil // the library combined nothing on this rank
}

func split(c *mpi.Comm) error {
	half, err := c.Split(c.Rank()%2, -c.Rank())
	if err != nil {
		return err
	}
	last := []int{c.Rank()}
	if err := mpi.Bcast(half, last, 0); err != nil { // the highest rank is the first, by its key
		return err
	}
	top := c.Size() - 1
	if top%2 != c.Rank()%2 {
		top--
	}
	if err := errors.Join(expect("rank of the first", last[0], top), half.Free(), expectError(half.Barrier(), "freed")); err != nil {
		return err
	}
	alone, err := c.Split(map[bool]int{true: 0, false: mpi.Undefined}[c.Rank() == 0], 0)
	if err := errors.Join(err, expect("has a part", alone != nil, c.Rank() == 0), expectError(c.Free(), "the world cannot be freed")); err != nil {
		return err
	}
	twin, err := c.Dup()
	if err != nil {
		return err
	}
	return errors.Join(twin.Barrier(), twin.Free())
}

func cartesian(c *mpi.Comm) error {
	if !mpi.Available() {
		return nil
	}
	dims, err := mpi.Dims(c.Size(), 2)
	if err != nil {
		return err
	}
	g, err := mpi.NewCart(c, dims, []bool{true, false}, false)
	if err != nil {
		return err
	}
	at, err := g.Coords(g.Rank())
	back, backErr := g.RankAt(at...)
	if err := errors.Join(err, backErr, expect("rank of coordinates", back, g.Rank())); err != nil {
		return err
	}
	send, recv, want := make([]int, 4), []int{-9, -9, -9, -9}, []int{-9, -9, -9, -9}
	for dim := range 2 {
		behind, ahead, err := g.Shift(dim, 1)
		if err != nil {
			return err
		}
		send[2*dim], send[2*dim+1] = 10*g.Rank(), 10*g.Rank()+1
		there := slices.Clone(at)
		for i, neighbour := range []int{behind, ahead} {
			there[dim] = at[dim] + 2*i - 1
			r, err := g.RankAt(there...)
			if err := errors.Join(err, expect("neighbour", neighbour, r)); err != nil {
				return err
			}
			if r != mpi.ProcNull {
				want[2*dim+i] = 10*r + 1 - i
			}
		}
		// The halo by hand.
		halo := []int{-9}
		if _, err := mpi.Sendrecv(g.Comm, []int{g.Rank()}, ahead, 0, halo, behind, 0); err != nil {
			return err
		}
		if behind == mpi.ProcNull {
			behind = -9
		}
		if err := expect("halo", halo[0], behind); err != nil {
			return err
		}
	}
	if dims[0] < 3 { // both neighbours of the ring are the same rank, and MPI does not say which piece is whose
		return g.Free()
	}
	if err := mpi.NeighborAlltoall(g, send, recv); err != nil {
		return err
	}
	return errors.Join(expect("pieces of neighbours", recv, want), g.Free())
}

func init() {
	programs["panics"] = func(c *mpi.Comm) error {
		if c.Rank() == 1 {
			var none *int
			*none = 1
		}
		return c.Barrier() // for a rank that will not come
	}
	programs["fails"] = func(c *mpi.Comm) error {
		if c.Rank() == 1 {
			return errors.New("this rank has had enough")
		}
		return c.Barrier()
	}
	programs["forgets"] = func(c *mpi.Comm) error {
		if c.Rank() == 0 {
			if _, err := mpi.Irecv(c, make([]int, 3), 1, 4); err != nil {
				return err
			}
		}
		return nil
	}
	programs["deadlocks"] = func(c *mpi.Comm) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := mpi.Recv(c.With(ctx), make([]int, 1), 1-c.Rank(), 0)
		time.Sleep(200 * time.Millisecond) // so that the other rank says its part too
		return err
	}
}

// The others would wait for a rank that failed without end.
func TestAFailureOfOneRankEndsAll(t *testing.T) {
	fails(t, 2, "panics", "mpi: rank 1 of 2: panic: runtime error: invalid memory address", "point_test.go:")
	fails(t, 2, "fails", "mpi: rank 1 of 2: this rank has had enough")
	fails(t, 2, "forgets", "mpi: Finalize: rank 0 of 2: nobody waited for Recv of up to 3 elements from rank 1, tag 4")
}

func TestRanksOfADeadlockSayWhatTheyWaitFor(t *testing.T) {
	out, err := ranks(t, 2, "deadlocks", "WARREN_MPI_WATCH=100ms")
	if err == nil {
		t.Error("it ended well")
	}
	for _, rank := range []int{0, 1} {
		want := fmt.Sprintf("mpi: rank %d of 2 waits since 100ms in Recv of up to 1 elements from rank %d, tag 0, called at ", rank, 1-rank)
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !strings.Contains(out, "point_test.go:") || !strings.Contains(out, "nothing came: context deadline exceeded") {
		t.Errorf("nothing on where, or on the end, in\n%s", out)
	}
}

func TestPartsAreEvenAndComplete(t *testing.T) {
	for _, n := range []int{0, 1, 5, 12, 100} {
		for size := 1; size < 8; size++ {
			next := 0
			for r := range size {
				lo, hi := mpi.Part(n, size, r)
				if lo != next || hi-lo != mpi.Counts(n, size)[r] || hi-lo != n/size && hi-lo != n/size+1 {
					t.Errorf("Part(%d, %d, %d) = %d, %d", n, size, r, lo, hi)
				}
				next = hi
			}
			if next != n {
				t.Errorf("%d of %d items are shared by %d ranks", next, n, size)
			}
		}
	}
}

func TestDimsAreNearACube(t *testing.T) {
	for _, d := range []struct {
		ranks, n int
		want     []int
	}{{12, 2, []int{4, 3}}, {1, 3, []int{1, 1, 1}}, {7, 2, []int{7, 1}}, {64, 3, []int{4, 4, 4}}, {24, 3, []int{4, 3, 2}}, {6, 1, []int{6}}} {
		if got, err := mpi.Dims(d.ranks, d.n); err != nil || !slices.Equal(got, d.want) {
			t.Errorf("Dims(%d, %d) = %v, %v, want %v", d.ranks, d.n, got, err, d.want)
		}
	}
	if _, err := mpi.Dims(0, 2); err == nil {
		t.Error("a grid of no ranks")
	}
}

func TestWithoutTheLibraryErrorsSayHowToBuild(t *testing.T) {
	if mpi.Available() {
		t.Skip("built with MPI")
	}
	world := mpi.World()
	_, recv := mpi.Recv(world, make([]int, 1), 0, 0)
	_, probe := mpi.Mprobe(world, 0, 0)
	_, grid := mpi.NewCart(world, []int{1}, nil, false)
	for _, err := range []error{mpi.Send(world, []int{1}, 0, 0), recv, probe, grid} {
		if err := expectError(err, "go build -tags mpi", "libopenmpi-dev"); err != nil {
			t.Error(err)
		}
	}
	if err := programs["communicators"](world); err != nil {
		t.Error(err)
	}
}

// Under mpiexec every process of such a program would believe to be alone.
func TestWithoutTheLibraryRanksOfMpiexecDoNotStart(t *testing.T) {
	if mpi.Available() {
		t.Skip("built with MPI")
	}
	self, _ := os.Executable()
	out, err := runWith(self, programVariable+"=fails", "OMPI_COMM_WORLD_SIZE=4")
	if err == nil || !strings.Contains(out, "one of 4 processes that mpiexec started, but the program was built without MPI") {
		t.Errorf("%v\n%s", err, out)
	}
}
