package cluster

import "time"

const (
	// chunkTime is how long a chunk should keep an engine busy: long beside the time of a message, short beside that of a user.
	chunkTime = 20 * time.Millisecond
	// chunkGrowth is how much larger than any before it a chunk may be.
	chunkGrowth = 8
	// chunkBytes is how much data a chunk should have at most.
	chunkBytes = 16 << 20
	// evenly is in how many chunks for each engine the rest of the items is cut, so that all end at about the same time.
	evenly = 3
)

// sizer finds a size for chunks by what those before took.
type sizer struct {
	largest int     // chunk so far
	time    float64 // nanoseconds an item
	bytes   float64 // an item
}

// next is the size of the next chunk, with rest items to be shared by engines.
func (z *sizer) next(rest, engines int) int {
	size := 1
	if z.largest > 0 {
		size = z.largest * chunkGrowth
	}
	if z.time > 0 {
		size = min(size, int(float64(chunkTime)/z.time))
	}
	if z.bytes > 0 {
		size = min(size, int(chunkBytes/z.bytes))
	}
	return max(1, min(size, rest/(evenly*max(1, engines))))
}

// learn takes what a chunk has taken.
func (z *sizer) learn(items int, took time.Duration, bytes int) {
	z.largest = max(z.largest, items)
	z.time = smooth(z.time, float64(took)/float64(items))
	z.bytes = smooth(z.bytes, float64(bytes)/float64(items))
}

// smooth follows a value that changes.
func smooth(old, now float64) float64 {
	if old == 0 {
		return now
	}
	return (old + now) / 2
}
