//go:build !amd64

package simd

func assembled() []*level { return nil }
