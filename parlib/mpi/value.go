package mpi

import (
	"bytes"
	"encoding/gob"
	"fmt"
)

// SendValue sends any value that encoding/gob takes: structs, maps, strings, slices of them. It is to be received by RecvValue.
func SendValue[V any](c *Comm, v V, to, tag int) error {
	b, err := encode(&v)
	if err != nil {
		return c.failed("SendValue", err)
	}
	return Send(c, b, to, tag)
}

// RecvValue receives what SendValue sent.
func RecvValue[V any](c *Comm, from, tag int) (v V, s Status, err error) {
	b, s, err := RecvSlice[byte](c, from, tag)
	if err != nil {
		return v, s, err
	}
	s.Count = 1
	if err := decode(b, &v); err != nil {
		return v, s, c.failedf("RecvValue", "the message from rank %d, tag %d: %w", s.Source, s.Tag, err)
	}
	return v, s, nil
}

// BcastValue returns root's value on all ranks. That of the others is not looked at.
func BcastValue[V any](c *Comm, v V, root int) (V, error) {
	if err := c.checkRoot("BcastValue", root); err != nil {
		return v, err
	}
	var b []byte
	var failed error
	size := []int{-1} // tells the others that root has failed, so that they do not wait
	if c.rank == root {
		if b, failed = encode(&v); failed == nil {
			size[0] = len(b)
		}
	}
	if err := Bcast(c, size, root); err != nil {
		return v, err
	}
	switch {
	case failed != nil:
		return v, c.failed("BcastValue", failed)
	case size[0] < 0:
		return v, c.failedf("BcastValue", "the value of root %d cannot be sent", root)
	case c.rank != root:
		b = make([]byte, size[0])
	}
	if err := Bcast(c, b, root); err != nil || c.rank == root {
		return v, err
	}
	var got V
	if err := decode(b, &got); err != nil {
		return v, c.failed("BcastValue", err)
	}
	return got, nil
}

// GatherValues returns the values of all ranks, in their order, on rank root, and nil elsewhere.
func GatherValues[V any](c *Comm, v V, root int) ([]V, error) {
	if err := c.checkRoot("GatherValues", root); err != nil {
		return nil, err
	}
	b, failed := encode(&v)
	size := -1
	if failed == nil {
		size = len(b)
	}
	sizes := make([]int, c.size)
	if err := Allgather(c, []int{size}, sizes); err != nil {
		return nil, err
	}
	total := 0
	for r, n := range sizes {
		switch {
		case failed != nil:
			return nil, c.failed("GatherValues", failed)
		case n < 0:
			return nil, c.failedf("GatherValues", "the value of rank %d cannot be sent", r)
		}
		total += n
	}
	if c.rank != root {
		return nil, Gatherv(c, b, nil, nil, root)
	}
	together := make([]byte, total)
	if err := Gatherv(c, b, together, sizes, root); err != nil {
		return nil, err
	}
	values := make([]V, c.size)
	for r, n := range sizes {
		if err := decode(together[:n], &values[r]); err != nil {
			return nil, c.failedf("GatherValues", "the value of rank %d: %w", r, err)
		}
		together = together[n:]
	}
	return values, nil
}

func encode[V any](v *V) ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		return nil, fmt.Errorf("a value of type %T cannot be sent: %w", *v, err)
	}
	return b.Bytes(), nil
}

func decode[V any](b []byte, v *V) error {
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(v); err != nil {
		return fmt.Errorf("it is no %T: %w", *v, err)
	}
	return nil
}
