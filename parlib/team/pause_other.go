//go:build !amd64 && !arm64

package team

// pause passes a little time.
//
//go:noinline
func pause(n uint32) {
	for ; n > 0; n-- {
	}
}
