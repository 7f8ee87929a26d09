package mpi

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Reduce combines what the ranks send, element by element, into recv of rank root: recv[i] is send[i] of rank 0 op send[i] of
// rank 1 and so on. On root recv is as long as send, and may be the same slice; elsewhere it is not looked at and may be nil.
func Reduce[T Element](c *Comm, send, recv []T, op Op, root int) error {
	if err := c.checkRoot("Reduce", root); err != nil {
		return err
	}
	if c.rank != root {
		recv = nil
	} else if len(recv) != len(send) {
		return c.failedf("Reduce", "recv has %d elements on the root, send %d; they have to be as long", len(recv), len(send))
	}
	return reduce(c, lib.Call{What: lib.Reduce, Peer: root}, send, recv, op)
}

// Allreduce is Reduce whose result every rank gets. recv is as long as send, and may be the same slice.
func Allreduce[T Element](c *Comm, send, recv []T, op Op) error {
	return reduceEach(c, lib.Allreduce, send, recv, op)
}

// Scan combines what ranks 0 to this one send: on rank r, recv[i] is send[i] of rank 0 op … op send[i] of rank r. recv is as
// long as send, and may be the same slice.
func Scan[T Element](c *Comm, send, recv []T, op Op) error {
	return reduceEach(c, lib.Scan, send, recv, op)
}

// Exscan is Scan without the rank's own part. On rank 0 recv stays as it is.
func Exscan[T Element](c *Comm, send, recv []T, op Op) error {
	if c != nil && c.rank == 0 {
		// What is in rank 0's memory afterwards is nobody's business, says MPI, and libraries do as they like.
		if err := sameLength(c, lib.Exscan, send, recv); err != nil {
			return err
		}
		return reduce(c, lib.Call{What: lib.Exscan}, send, make([]T, len(recv)), op)
	}
	return reduceEach(c, lib.Exscan, send, recv, op)
}

// ReduceScatter is Reduce whose result is cut up: rank r gets counts[r] elements of it, in recv. send has as many elements as
// counts together.
func ReduceScatter[T Element](c *Comm, send, recv []T, counts []int, op Op) error {
	p, err := partsOf(c, "ReduceScatter", counts)
	if err != nil {
		return err
	}
	switch {
	case len(send) != p.total:
		return c.failedf("ReduceScatter", "send has %d elements, the counts are %d together", len(send), p.total)
	case len(recv) != counts[c.rank]:
		return c.failedf("ReduceScatter", "recv has %d elements, the count of rank %d is %d", len(recv), c.rank, counts[c.rank])
	}
	return reduce(c, lib.Call{What: lib.ReduceScatter, RecvCounts: p.counts}, apart(send, recv), recv, op)
}

func sameLength[T Element](c *Comm, what lib.What, send, recv []T) error {
	if len(send) != len(recv) {
		return c.failedf(what.String(), "recv has %d elements, send %d; they have to be as long", len(recv), len(send))
	}
	return nil
}

func reduceEach[T Element](c *Comm, what lib.What, send, recv []T, op Op) error {
	if err := sameLength(c, what, send, recv); err != nil {
		return err
	}
	return reduce(c, lib.Call{What: what}, send, recv, op)
}

// reduce does a reduction whose lengths were checked.
func reduce[T Element](c *Comm, call lib.Call, send, recv []T, op Op) error {
	name := call.What.String()
	if err := c.checkCount(name, len(send)); err != nil {
		return err
	}
	if err := op.check(reflect.TypeFor[T]()); err != nil {
		return c.failed(name, err)
	}
	if err := c.usable(name); err != nil {
		return err
	}
	call.InPlace = len(send) > 0 && len(send) == len(recv) && unsafe.SliceData(send) == unsafe.SliceData(recv)
	if !call.InPlace {
		send = apart(send, recv)
	}
	call.Send, call.Recv, call.Count, call.Kind = at(send), at(recv), len(send), kindOf[T]()
	after, err := op.use(&call)
	if err != nil {
		return c.failed(name, err)
	}
	_, err = c.run(&call)
	if failed := after(err); failed != nil && err == nil {
		return c.failed(name, fmt.Errorf("%s%w", describe(&call, ": "), failed))
	}
	return err
}
