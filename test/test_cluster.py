"""Clusters that cells start: engines with sessions, on this machine."""

import os

import pytest

START = """ctx := context.Background()
c, err := cluster.Start(2)
if err != nil {
    panic(err)
}
all := c.Direct()"""


@pytest.fixture(scope="module")
def started(kernel):
    """A kernel whose session has a cluster of two engines."""
    kernel.ok(START)
    yield kernel
    kernel.ok("c.Close()")


def alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def test_cells_run_on_engines(started):
    ran = started.ok('done, err := all.Execute(ctx, "x := 40 + 2\\nfmt.Println(x)\\nx"); err')
    assert sorted(ran.stream().splitlines()) == ["Out[0]: 42", "Out[1]: 42", "[stdout:0] 42", "[stdout:1] 42"]
    assert started.ok("done[1].Stdout + done[1].String()").result() == "42\n42"


def test_variables_of_sessions_travel(started):
    started.ok('err = cluster.Scatter(ctx, all, "part", []int{1, 2, 3, 4})')
    started.ok('_, err = all.Execute(ctx, "part[0] *= 10")')
    assert started.ok('together, err := cluster.Gather[int](ctx, all, "part"); together').result() == "[10 2 30 4]"
    ran = started.ok('_, err = cluster.Pull[string](ctx, all, "part"); err')
    assert "variable part is a []int, not a string" in ran.result()


def test_functions_of_the_session_run_on_engines_with_its_variables(started):
    started.ok("factor := 3\ntype pair struct { x, y int }\nfunc scaled(p pair) int { return factor * (p.x + p.y) }")
    call = "got, err := cluster.Map(c.Balanced(), []pair{{1, 2}, {3, 4}}, scaled)\nfmt.Print(got, err)"
    assert started.ok(call).stream() == "[9 21] <nil>"
    started.ok("factor = 10")
    assert started.ok(call).stream() == "[30 70] <nil>"
    started.ok("big := make([]float64, 1_000_000)\nbig[9] = 9")
    ran = started.ok("cluster.Map(c.Balanced(), []int{8, 9}, func(i int) float64 { return big[i] })")
    assert ran.result() == "[0 9]"
    ran = started.ok("_, err = cluster.Call[int](ctx, c.Balanced(), func() int { return len(c.IDs()) }); err.Error()")
    assert "uses the session's variable c, which cannot travel with it" in ran.result()


def test_failures_of_cells_name_their_engines(started):
    ran = started.ok('_, err = all.Execute(ctx, "panic(5)"); err.Error()')
    assert ran.result() == "cluster: Execute: engine 0: panic: 5\ncluster: Execute: engine 1: panic: 5"
    ran = started.ok('_, err = c.Direct(1).Execute(ctx, "nobody()"); err.Error()')
    assert "undefined: nobody" in ran.result()


def test_engines_end_with_the_session(fresh):
    fresh.ok(START)
    fresh.ok('ran, err := all.Execute(ctx, "os.Getppid()")')
    pids = [fresh.ok(f"ran[{i}].String()").result() for i in range(2)]
    assert all(alive(p) for p in pids)
    assert fresh.run("syscall.Kill(os.Getpid(), syscall.SIGKILL)").status == "error"
    for _ in range(600):
        if not any(alive(p) for p in pids):
            break
        fresh.ok("time.Sleep(100 * time.Millisecond)")
    assert not any(alive(p) for p in pids)


def test_functions_of_cells_run_on_engines(started):
    started.ok("factor := 3\ntype point struct{ x, y int }\nfunc times(p point) point { return point{p.x * factor, p.y} }")
    code = "points, err := cluster.Map(c.Balanced(), []point{{1, 2}, {3, 4}}, times); fmt.Sprint(points, err)"
    assert started.ok(code).result() == "[{3 2} {9 4}] <nil>"
    started.ok("factor = 5")
    assert started.ok(code).result() == "[{5 2} {15 4}] <nil>"


def test_an_item_that_kills_a_worker_fails_alone(started):
    started.ok("items := make([]int, 100)\nfor i := range items { items[i] = i }")
    started.ok("func crash(x int) int { if x == 50 { syscall.Kill(os.Getpid(), syscall.SIGKILL) }; return x }")
    started.ok("kept, err := cluster.Map(c.Balanced(), items, crash, cluster.Chunk(1))")
    assert started.ok("err.(*cluster.ItemErrors).Failed").result() == "1"
    assert "worker died" in started.ok("err.Error()").result()
    assert started.ok("kept[49:52]").result() == "[49 0 51]"


def test_large_slices_go_both_ways(started):
    started.ok('err = cluster.Push(ctx, all, "large", make([]float64, 1_000_000))')
    started.ok('_, err = all.Execute(ctx, "for i := range large { large[i] = 2 }")')
    started.ok('back, err := cluster.Pull[[]float64](ctx, all, "large")')
    assert started.ok("floats.Sum(back[1])").result() == "2e+06"


def test_deadlocks_are_found_beside_a_cluster(started):
    started.ok("func slow(x int) int { time.Sleep(5 * time.Second); return x }")
    assert started.ok("waited, err := cluster.Map(c.Balanced(), []int{7}, slow); waited").result() == "[7]"
    ran = started.run("nobody := make(chan int)\n<-nobody")
    assert ran.status == "error"
    assert "deadlock" in ran.reply["content"]["ename"]
