package mpi

import (
	"fmt"
	"slices"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Cart is a communicator whose ranks are arranged as a grid.
type Cart struct {
	*Comm
	dims    []int
	periods []bool
}

// NewCart makes a grid of dims[0] × dims[1] × … ranks out of those of c, row by row. A dimension whose periods is true is
// closed to a ring; nil is none. With reorder the library may number the ranks anew, to bring neighbours together. Ranks of c
// that are left over get nil.
func NewCart(c *Comm, dims []int, periods []bool, reorder bool) (*Cart, error) {
	if err := c.usable("NewCart"); err != nil {
		return nil, err
	}
	if len(dims) == 0 {
		return nil, c.failedf("NewCart", "a grid needs a dimension")
	}
	if periods == nil {
		periods = make([]bool, len(dims))
	}
	if len(periods) != len(dims) {
		return nil, c.failedf("NewCart", "%d dimensions, but %d periods", len(dims), len(periods))
	}
	ranks, sizes, closed := 1, make([]int32, len(dims)), make([]int32, len(dims))
	for i, n := range dims {
		if n < 1 || n > c.size/ranks {
			return nil, c.failedf("NewCart", "a grid of %v cannot be made of %d ranks", dims, c.size)
		}
		ranks *= n
		sizes[i] = int32(n)
		if periods[i] {
			closed[i] = 1
		}
	}
	made, err := c.made("NewCart")(lib.Cart(c.handle, sizes, closed, reorder))
	if err != nil || made == nil {
		return nil, err
	}
	return &Cart{Comm: made, dims: slices.Clone(dims), periods: slices.Clone(periods)}, nil
}

// comm is nil for the grid that a rank which was left over has.
func (g *Cart) comm() *Comm {
	if g == nil {
		return nil
	}
	return g.Comm
}

// Dims returns the extents of the grid.
func (g *Cart) Dims() []int { return slices.Clone(g.dims) }

// Coords returns where in the grid a rank is.
func (g *Cart) Coords(rank int) ([]int, error) {
	if err := g.comm().usable("Coords"); err != nil {
		return nil, err
	}
	if rank < 0 || rank >= g.size {
		return nil, g.failedf("Coords", "no rank %d in the grid; ranks are 0 to %d", rank, g.size-1)
	}
	coords := make([]int32, len(g.dims))
	if err := codeError(lib.Coords(g.handle, rank, coords)); err != nil {
		return nil, g.failed("Coords", err)
	}
	wide := make([]int, len(coords))
	for i, x := range coords {
		wide[i] = int(x)
	}
	return wide, nil
}

// RankAt returns the rank at a place of the grid: ProcNull beyond an edge, and counted around where a dimension is a ring.
func (g *Cart) RankAt(coords ...int) (int, error) {
	if g == nil {
		return ProcNull, g.comm().failed("RankAt", nil)
	}
	if len(coords) != len(g.dims) {
		return ProcNull, g.failedf("RankAt", "%d coordinates in a grid of %d dimensions", len(coords), len(g.dims))
	}
	rank := 0
	for i, x := range coords {
		if g.periods[i] {
			x = (x%g.dims[i] + g.dims[i]) % g.dims[i]
		}
		if x < 0 || x >= g.dims[i] {
			return ProcNull, nil
		}
		rank = rank*g.dims[i] + x
	}
	return rank, nil
}

// Shift returns the neighbours at a distance along a dimension: source is as far behind this rank as dest is ahead. Beyond an
// edge they are ProcNull, so that a halo is exchanged without cases:
//
//	up, down, _ := g.Shift(0, 1)
//	mpi.Sendrecv(g.Comm, lastRow, down, 0, rowAbove, up, 0)
func (g *Cart) Shift(dim, by int) (source, dest int, err error) {
	if err := g.comm().usable("Shift"); err != nil {
		return ProcNull, ProcNull, err
	}
	if dim < 0 || dim >= len(g.dims) {
		return ProcNull, ProcNull, g.failedf("Shift", "no dimension %d in a grid of %d", dim, len(g.dims))
	}
	if by != int(int32(by)) {
		return ProcNull, ProcNull, g.failedf("Shift", "distance %d has more than 32 bits", by)
	}
	source, dest, code := lib.Shift(g.handle, dim, by)
	if err := codeError(code); err != nil {
		return ProcNull, ProcNull, g.failed("Shift", err)
	}
	return source, dest, nil
}

// NeighborAlltoall exchanges pieces with all neighbours of the grid at once: those of dimension 0, behind and ahead, then those
// of dimension 1 and so on. send and recv hold one piece for each of the 2 × dimensions neighbours, of the same length. Pieces
// of recv that no neighbour sends stay as they are.
func NeighborAlltoall[T Element](g *Cart, send, recv []T) error {
	if g == nil {
		return g.comm().failed("NeighborAlltoall", nil)
	}
	n := 2 * len(g.dims)
	if len(send) != len(recv) || len(send)%n != 0 {
		return g.failedf("NeighborAlltoall", "send has %d elements, recv %d; both need the same number, a multiple of %d", len(send), len(recv), n)
	}
	send = apart(send, recv)
	return collect(g.Comm, lib.Call{What: lib.NeighborAlltoall, Send: at(send), Recv: at(recv), Count: len(send) / n, RecvCount: len(send) / n, Kind: kindOf[T]()})
}

// Dims cuts ranks into a grid of n dimensions that is as near to a cube as can be, its extents from large to small: Dims(12, 2)
// is [4 3].
func Dims(ranks, n int) ([]int, error) {
	if ranks < 1 || n < 1 {
		return nil, fmt.Errorf("mpi: Dims: no grid of %d dimensions has %d ranks", n, ranks)
	}
	return cut(ranks, n, ranks), nil
}

// cut returns n factors of ranks, none greater than limit and none greater than the one before, whose greatest is least; nil if
// there are none.
func cut(ranks, n, limit int) []int {
	if n == 1 {
		if ranks > limit {
			return nil
		}
		return []int{ranks}
	}
	for first := 1; first <= min(ranks, limit); first++ {
		if ranks%first != 0 {
			continue
		}
		if rest := cut(ranks/first, n-1, first); rest != nil {
			return append([]int{first}, rest...)
		}
	}
	return nil
}
