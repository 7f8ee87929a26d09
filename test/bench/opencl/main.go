// The program opencl is the side of package opencl in "make bench-opencl":
//
//	opencl WORK [ARGUMENT...]
//
// See package contestant for how it is asked. "opencl device" tells which device it works on, as JSON, and ends. All numbers
// are float32.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/warren-go/warren/opencl"
	"github.com/warren-go/warren/test/bench/contestant"
)

var works = map[string]contestant.Work{
	"dot":    vectorWork(dot),
	"sum":    vectorWork(sum),
	"linear": vectorWork(linear),
	"scan":   vectorWork(scan),
	"write":  vectorWork(write),
	"read":   vectorWork(read),
	"matmul": matmul,
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "device" {
		if err := device(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	contestant.Main(works)
}

func device() error {
	c, err := opencl.Default()
	if err != nil {
		return err
	}
	d := c.Device()
	return json.NewEncoder(os.Stdout).Encode(map[string]string{
		"id": d.ID(), "name": d.Name(), "platform": d.Platform(), "driver": d.DriverVersion(),
	})
}

// must is for what was done once before it is measured.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// ended waits for a command.
func ended(e *opencl.Event, err error) error {
	if err != nil {
		return err
	}
	return e.Wait()
}
