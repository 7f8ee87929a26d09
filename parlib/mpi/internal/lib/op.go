//go:build mpi

package lib

// #include "bridge.h"
import "C"

import (
	"sync/atomic"
	"unsafe"
)

// Slots is how many reductions with functions of Go may be under way at a time.
const Slots = C.bridge_slots

// combine sets inout to its combination with in, in that order. Both have n elements.
type combine = func(in, inout unsafe.Pointer, n int)

var combines [Slots]atomic.Pointer[combine]

// MakeOp makes an operation of a function. It returns ok false when all slots are taken. FreeOp gives the slot back.
func MakeOp(f func(in, inout unsafe.Pointer, n int), commutes bool) (op Op, slot, code int, ok bool) {
	for slot := range combines {
		if combines[slot].CompareAndSwap(nil, &f) {
			var h C.uint64_t
			do(func() { code = int(C.bridge_make_op(C.int(slot), flag(commutes), &h)) })
			if code != 0 {
				combines[slot].Store(nil)
			}
			return Op(h), slot, code, true
		}
	}
	return 0, 0, 0, false
}

// FreeOp gives back what MakeOp returned.
func FreeOp(op Op, slot int) {
	do(func() { C.bridge_free_op(C.uint64_t(op)) })
	combines[slot].Store(nil)
}

//export bridgeCombine
func bridgeCombine(slot C.int, in, inout unsafe.Pointer, n C.int) {
	(*combines[slot].Load())(in, inout, int(n))
}
