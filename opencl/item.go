package opencl

import (
	"reflect"
	"unsafe"
)

// Item is the work-item that runs a kernel written in Go, see [Compile]: the kernel's first parameter. It is passed to it by
// what runs the kernel, and of use only there.
//
// Dimensions count from 0; in those that the range does not have, ids and offsets are 0 and sizes 1.
type Item struct{ item *simulatedItem }

// GlobalID is the item's number in the whole range. It begins at the range's offset.
func (it Item) GlobalID(dim int) int {
	return it.GlobalOffset(dim) + it.GroupID(dim)*it.LocalSize(dim) + it.LocalID(dim)
}

// LocalID is the item's number in its work-group.
func (it Item) LocalID(dim int) int { return at(&it.item.local, dim, 0) }

// GroupID is the number of the item's work-group.
func (it Item) GroupID(dim int) int { return at(&it.item.group.id, dim, 0) }

// GlobalSize is how many items the range has.
func (it Item) GlobalSize(dim int) int { return at(&it.item.group.shape.global, dim, 1) }

// LocalSize is how many items a work-group has.
func (it Item) LocalSize(dim int) int { return at(&it.item.group.shape.local, dim, 1) }

// NumGroups is how many work-groups there are.
func (it Item) NumGroups(dim int) int { return it.GlobalSize(dim) / it.LocalSize(dim) }

// GlobalOffset is the first global id.
func (it Item) GlobalOffset(dim int) int { return at(&it.item.group.shape.offset, dim, 0) }

// Dims is how many dimensions the range has.
func (it Item) Dims() int { return it.item.group.shape.dims }

func at(v *[3]int, dim, beyond int) int {
	if uint(dim) < 3 {
		return v[dim]
	}
	return beyond
}

// Barrier waits until all items of the work-group have come to it: what they wrote before, the others can read after it. Either
// all items of a group reach a barrier, or none.
//
//go:noinline
func (it Item) Barrier() { it.item.group.barrier(it.item) }

// LocalVar gives a variable of type T in the local memory of the work-group: its items share it. What is in it at first is not
// defined. T is a number, an array or a struct of numbers: LocalVar[[256]float32](it).
//
// All items of a group call it in the same order, in the kernel itself, not in a loop or condition:
//
//	tile := opencl.LocalVar[[16][16]float32](it)
//	tile[it.LocalID(1)][it.LocalID(0)] = x[it.GlobalID(0)]
//	it.Barrier()
func LocalVar[T any](it Item) *T {
	return it.item.localVar(reflect.TypeFor[T](), func() any {
		v := new(T)
		if holdsNumbersOnly(reflect.TypeFor[T]()) { // what devices leave there is seldom 0; NaN and -1 are found
			bytes := unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
			for i := range bytes {
				bytes[i] = 0xFF
			}
		}
		return v
	}).(*T)
}

func holdsNumbersOnly(t reflect.Type) bool { return t.Size() > 0 && checkElement(t) == nil }
