package opencl

import (
	"sync/atomic"
	"unsafe"
)

// AtomicInteger is a type of integers that items can change together.
type AtomicInteger interface {
	~int | ~int32 | ~int64 | ~uint | ~uint32 | ~uint64
}

// AtomicNumber is a type of numbers that items can change together. Numbers of 64 bits need a device with 64-bit atomics.
type AtomicNumber interface {
	AtomicInteger | ~float32 | ~float64
}

// AtomicAdd adds v to *p in one step, and returns the sum, as those of sync/atomic do. In kernels, p is the address of an
// element of a slice, &x[i], or leads to what [LocalVar] returned.
//
// The atomic functions order nothing but their own variable: what items write besides is seen by others of the group after a
// barrier, and by those of other groups after the launch. The sum of floats depends on the order in which they were added.
func AtomicAdd[T AtomicNumber](p *T, v T) T { return update(p, func(old T) T { return old + v }) }

// AtomicMin replaces *p by the smaller of *p and v, and returns that.
func AtomicMin[T AtomicNumber](p *T, v T) T { return update(p, func(old T) T { return min(old, v) }) }

// AtomicMax replaces *p by the larger of *p and v, and returns that.
func AtomicMax[T AtomicNumber](p *T, v T) T { return update(p, func(old T) T { return max(old, v) }) }

// AtomicAnd clears the bits of *p that are not set in v, and returns what *p was.
func AtomicAnd[T AtomicInteger](p *T, v T) (old T) {
	update(p, func(x T) T { old = x; return x & v })
	return old
}

// AtomicOr sets the bits of *p that are set in v, and returns what *p was.
func AtomicOr[T AtomicInteger](p *T, v T) (old T) {
	update(p, func(x T) T { old = x; return x | v })
	return old
}

// AtomicXor changes the bits of *p that are set in v, and returns what *p was.
func AtomicXor[T AtomicInteger](p *T, v T) (old T) {
	update(p, func(x T) T { old = x; return x ^ v })
	return old
}

// AtomicSwap sets *p to v, and returns what *p was.
func AtomicSwap[T AtomicNumber](p *T, v T) (old T) {
	update(p, func(x T) T { old = x; return v })
	return old
}

// AtomicCompareAndSwap sets *p to v if it is old, and tells whether it did.
func AtomicCompareAndSwap[T AtomicInteger](p *T, old, v T) bool {
	if unsafe.Sizeof(*p) == 4 {
		return atomic.CompareAndSwapUint32((*uint32)(unsafe.Pointer(p)), uint32(old), uint32(v))
	}
	return atomic.CompareAndSwapUint64((*uint64)(unsafe.Pointer(p)), uint64(old), uint64(v))
}

// AtomicLoad returns *p.
func AtomicLoad[T AtomicNumber](p *T) T {
	if unsafe.Sizeof(*p) == 4 {
		return fromBits32[T](atomic.LoadUint32((*uint32)(unsafe.Pointer(p))))
	}
	return fromBits64[T](atomic.LoadUint64((*uint64)(unsafe.Pointer(p))))
}

// AtomicStore sets *p to v.
func AtomicStore[T AtomicNumber](p *T, v T) { AtomicSwap(p, v) }

// update replaces *p by what next makes of it, and returns that.
func update[T AtomicNumber](p *T, next func(T) T) T {
	if unsafe.Sizeof(*p) == 4 {
		at := (*uint32)(unsafe.Pointer(p))
		for {
			old := atomic.LoadUint32(at)
			v := next(fromBits32[T](old))
			if atomic.CompareAndSwapUint32(at, old, *(*uint32)(unsafe.Pointer(&v))) {
				return v
			}
		}
	}
	at := (*uint64)(unsafe.Pointer(p))
	for {
		old := atomic.LoadUint64(at)
		v := next(fromBits64[T](old))
		if atomic.CompareAndSwapUint64(at, old, *(*uint64)(unsafe.Pointer(&v))) {
			return v
		}
	}
}

func fromBits32[T AtomicNumber](b uint32) T { return *(*T)(unsafe.Pointer(&b)) }
func fromBits64[T AtomicNumber](b uint64) T { return *(*T)(unsafe.Pointer(&b)) }
