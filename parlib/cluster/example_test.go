package cluster_test

import (
	"context"
	"fmt"
	"log"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/warren-go/warren/parlib/cluster"
)

func square(x int) int { return x * x }

func plus(a, b int) int { return a + b }

func reciprocal(_ context.Context, x int) (float64, error) {
	if x == 0 {
		return 0, fmt.Errorf("%d has no reciprocal", x)
	}
	return 1 / float64(x), nil
}

// Engines of a program are the program itself, so main begins with cluster.Init; here, TestMain does.
func Example() {
	c, err := cluster.Start(2)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Println(c.IDs())
	squares, err := cluster.Map(c.Balanced(), []int{1, 2, 3}, square)
	fmt.Println(squares, err)
	sum, err := cluster.MapReduce(c.Balanced(), []int{1, 2, 3}, 0, square, plus)
	fmt.Println(sum, err)
	// Output:
	// [0 1]
	// [1 4 9] <nil>
	// 14 <nil>
}

func ExampleMapContext() {
	c, err := cluster.Start(1)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	results, err := cluster.MapContext(context.Background(), c.Balanced(), []int{1, 0, 2}, reciprocal)
	fmt.Println(results)
	fmt.Println(err)
	// Output:
	// [1 0 0.5]
	// cluster: MapContext: 1 of 3 items failed: item 1 on engine 0: 0 has no reciprocal
}

func ExampleImap() {
	c, err := cluster.Start(2)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for s, err := range cluster.Imap(c.Balanced(), slices.Values([]int{1, 2, 3}), square) {
		fmt.Println(s, err)
	}
	// Output:
	// 1 <nil>
	// 4 <nil>
	// 9 <nil>
}

func ExampleApply() {
	c, err := cluster.Start(2)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	texts, err := cluster.Apply[string](ctx, c.Direct(), strings.ToUpper, "on each")
	fmt.Println(texts, err)
	sum, err := cluster.Call[int](ctx, c.Balanced(), plus, 2, 3)
	fmt.Println(sum, err)
	// Output:
	// [ON EACH ON EACH] <nil>
	// 5 <nil>
}

func ExampleScatter() {
	c, err := cluster.Start(2)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	ctx, all := context.Background(), c.Direct()
	if err := cluster.Scatter(ctx, all, "x", []float64{1, 2, 3, 4, 5}); err != nil {
		log.Fatal(err)
	}
	parts, err := cluster.Pull[[]float64](ctx, all, "x")
	fmt.Println(parts, err)
	together, err := cluster.Gather[float64](ctx, all, "x")
	fmt.Println(together, err)
	// Output:
	// [[1 2] [3 4 5]] <nil>
	// [1 2 3 4 5] <nil>
}

// A notebook with engines on other machines, which ssh reaches without a password, and which have the same home folder.
func ExampleListen() {
	const security = "/home/me/cluster" // for connection files, which hold the key
	hosts := []string{"worker1", "worker2"}
	bySSH := func(l cluster.Launch) (*exec.Cmd, error) {
		return exec.Command("ssh", hosts[l.ID], "/home/me/warren/bin/warren", "engine", "--until-eof",
			"--id", strconv.Itoa(l.ID), "--file", security+"/ipcontroller-engine.json"), nil
	}
	c, err := cluster.Start(len(hosts), cluster.Listen("10.0.0.5"), cluster.ConnectionFiles(security), cluster.LaunchBy(bySSH))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
}
