//go:build !race

package opencl

// raceDetector tells whether the program runs under the race detector, which sees goroutines, not work-items.
const raceDetector = false
