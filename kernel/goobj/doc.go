// Package goobj makes plugins small and hides how cells are compiled. It reads and writes the archives of compiled Go
// packages, between `go tool compile` and `go tool link`.
package goobj
