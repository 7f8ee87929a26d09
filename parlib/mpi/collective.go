package mpi

import "github.com/warren-go/warren/parlib/mpi/internal/lib"

// Bcast copies buf of rank root into buf of all others. It has the same length everywhere.
func Bcast[T Element](c *Comm, buf []T, root int) error {
	if err := c.checkRoot("Bcast", root); err != nil {
		return err
	}
	return collect(c, lib.Call{What: lib.Bcast, Recv: at(buf), Count: len(buf), Kind: kindOf[T](), Peer: root})
}

// Scatter cuts send of rank root into pieces, one for each rank in order, and puts each rank's into its recv. recv has the same
// length everywhere; send has Size times that on the root, and is not looked at elsewhere.
func Scatter[T Element](c *Comm, send, recv []T, root int) error {
	if err := c.checkRoot("Scatter", root); err != nil {
		return err
	}
	if c.rank != root {
		send = nil
	} else if len(send) != len(recv)*c.size {
		return c.failedf("Scatter", "send has %d elements on the root; %d ranks with %d each take %d (see Scatterv)", len(send), c.size, len(recv), len(recv)*c.size)
	}
	send = apart(send, recv)
	return collect(c, lib.Call{What: lib.Scatter, Send: at(send), Recv: at(recv), Count: len(recv), RecvCount: len(recv), Kind: kindOf[T](), Peer: root})
}

// Scatterv is Scatter with pieces of different lengths: rank r gets counts[r] elements (see Counts), and its recv has that
// length. send and counts are those of the root.
func Scatterv[T Element](c *Comm, send []T, counts []int, recv []T, root int) error {
	if err := c.checkRoot("Scatterv", root); err != nil {
		return err
	}
	call := lib.Call{What: lib.Scatterv, Recv: at(recv), RecvCount: len(recv), Kind: kindOf[T](), Peer: root}
	if c.rank == root {
		p, err := checkParts(c, "Scatterv", "send", counts, len(send), len(recv))
		if err != nil {
			return err
		}
		call.Send, call.Counts, call.Displs = at(apart(send, recv)), p.counts, p.displs
	}
	return collect(c, call)
}

// Gather puts send of all ranks one behind the other into recv of rank root. send has the same length everywhere; recv has Size
// times that on the root, and is not looked at elsewhere.
func Gather[T Element](c *Comm, send, recv []T, root int) error {
	if err := c.checkRoot("Gather", root); err != nil {
		return err
	}
	if c.rank != root {
		recv = nil
	} else if len(recv) != len(send)*c.size {
		return c.failedf("Gather", "recv has %d elements on the root; %d ranks with %d each give %d (see Gatherv)", len(recv), c.size, len(send), len(send)*c.size)
	}
	send = apart(send, recv)
	return collect(c, lib.Call{What: lib.Gather, Send: at(send), Recv: at(recv), Count: len(send), RecvCount: len(send), Kind: kindOf[T](), Peer: root})
}

// Gatherv is Gather of pieces of different lengths: rank r sends counts[r] elements (see Counts). recv and counts are those of
// the root.
func Gatherv[T Element](c *Comm, send, recv []T, counts []int, root int) error {
	if err := c.checkRoot("Gatherv", root); err != nil {
		return err
	}
	call := lib.Call{What: lib.Gatherv, Send: at(send), Count: len(send), Kind: kindOf[T](), Peer: root}
	if c.rank == root {
		p, err := checkParts(c, "Gatherv", "recv", counts, len(recv), len(send))
		if err != nil {
			return err
		}
		call.Send, call.Recv, call.RecvCounts, call.RecvDispls = at(apart(send, recv)), at(recv), p.counts, p.displs
	}
	return collect(c, call)
}

// Allgather is Gather whose result every rank gets: recv has Size times the length of send.
func Allgather[T Element](c *Comm, send, recv []T) error {
	if c != nil && len(recv) != len(send)*c.size {
		return c.failedf("Allgather", "recv has %d elements; %d ranks with %d each give %d (see Allgatherv)", len(recv), c.size, len(send), len(send)*c.size)
	}
	send = apart(send, recv)
	return collect(c, lib.Call{What: lib.Allgather, Send: at(send), Recv: at(recv), Count: len(send), RecvCount: len(send), Kind: kindOf[T]()})
}

// Allgatherv is Gatherv whose result every rank gets.
func Allgatherv[T Element](c *Comm, send, recv []T, counts []int) error {
	p, err := checkParts(c, "Allgatherv", "recv", counts, len(recv), len(send))
	if err != nil {
		return err
	}
	send = apart(send, recv)
	return collect(c, lib.Call{What: lib.Allgatherv, Send: at(send), Recv: at(recv), Count: len(send), RecvCounts: p.counts, RecvDispls: p.displs, Kind: kindOf[T]()})
}

// Alltoall sends piece r of send to rank r, and puts the piece that came from rank r at place r of recv: a transpose. All
// pieces have the same length, so send and recv are as long, a multiple of Size.
func Alltoall[T Element](c *Comm, send, recv []T) error {
	if c != nil && (len(send) != len(recv) || len(send)%c.size != 0) {
		return c.failedf("Alltoall", "send has %d elements, recv %d; both need the same number, a multiple of %d (see Alltoallv)", len(send), len(recv), c.size)
	}
	if c == nil {
		return c.failed("Alltoall", nil)
	}
	n := len(send) / c.size
	send = apart(send, recv)
	return collect(c, lib.Call{What: lib.Alltoall, Send: at(send), Recv: at(recv), Count: n, RecvCount: n, Kind: kindOf[T]()})
}

// Alltoallv is Alltoall with pieces of different lengths: sendCounts[r] elements go to rank r, recvCounts[r] come from it.
func Alltoallv[T Element](c *Comm, send []T, sendCounts []int, recv []T, recvCounts []int) error {
	out, err := checkParts(c, "Alltoallv", "send", sendCounts, len(send), -1)
	if err != nil {
		return err
	}
	in, err := checkParts(c, "Alltoallv", "recv", recvCounts, len(recv), -1)
	if err != nil {
		return err
	}
	if sendCounts[c.rank] != recvCounts[c.rank] {
		return c.failedf("Alltoallv", "rank %d sends itself %d elements, but receives %d of them", c.rank, sendCounts[c.rank], recvCounts[c.rank])
	}
	send = apart(send, recv)
	return collect(c, lib.Call{What: lib.Alltoallv, Send: at(send), Counts: out.counts, Displs: out.displs,
		Recv: at(recv), RecvCounts: in.counts, RecvDispls: in.displs, Kind: kindOf[T]()})
}

func collect(c *Comm, call lib.Call) error {
	if err := c.checkCount(call.What.String(), max(call.Count, call.RecvCount)); err != nil {
		return err
	}
	_, err := c.run(&call)
	return err
}
