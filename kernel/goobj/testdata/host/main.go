// The process that the tests load cells into: it opens the plugins named on the command line, one after the other, and
// calls Run in each. It uses many packages, so that cells find them provided.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"plugin"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Used keeps functions in the process that only cells call.
var Used = []any{
	bufio.NewScanner, json.MarshalIndent, json.Unmarshal, errors.As, maps.Keys[map[string]int], math.Sqrt, os.Open,
	reflect.StructOf, runtime.Stack, slices.Sort[[]int], sort.Slice, strings.Fields, sync.NewCond, time.AfterFunc,
}

func main() {
	runtime.KeepAlive(Used)
	for _, path := range os.Args[1:] {
		start := time.Now()
		p, err := plugin.Open(path)
		if err != nil {
			fmt.Println("open:", err)
			os.Exit(1)
		}
		if os.Getenv("SHOW_OPEN") != "" {
			fmt.Println("opened in", time.Since(start), resident())
		}
		run, err := p.Lookup("Run")
		if err != nil {
			fmt.Println("lookup:", err)
			os.Exit(1)
		}
		run.(func())()
		runtime.GC()
	}
}

// resident is the memory lines of /proc/self/status, in kB.
func resident() string {
	status, _ := os.ReadFile("/proc/self/status")
	var lines []string
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "Rss") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(lines, " ")
}
