"""Durable tasks in cells: they outlive the process that runs the cells."""

OPEN = """import "github.com/warren-go/warren/parlib/taskq"

queue, err := taskq.Open(context.Background(), taskq.Options{{Dir: {dir!r}}})
if err != nil {{
    panic(err)
}}
square := taskq.Define(queue, "square", func(_ context.Context, n int) (int, error) {{ return n * n, nil }})"""


def test_tasks_outlive_the_worker(fresh, tmp_path):
    cell = OPEN.format(dir=str(tmp_path)).replace("'", '"')
    fresh.ok(cell)
    fresh.ok('waiting, err := square.Submit(context.Background(), 12, taskq.ID("dozen"))')
    assert fresh.run("syscall.Kill(os.Getpid(), syscall.SIGKILL)").status == "error"
    fresh.ok(cell)
    fresh.ok("worker, err := queue.Work(context.Background(), 1)")
    assert fresh.ok('taskq.Find[int](queue, "dozen").Get(context.Background())').result() == "144"
    fresh.ok("queue.Close()")


def test_remote_objects_in_cells(fresh):
    fresh.ok("type Counter struct{ n int }\nfunc (c *Counter) Add(n int) int { c.n += n; return c.n }")
    fresh.ok('server, err := remote.Listen(remote.Options{})\nerr = server.Register("counter", &Counter{})')
    fresh.ok("client, err := remote.Dial(context.Background(), server.URL())")
    assert fresh.ok('remote.Call[int](context.Background(), client, "counter.Add", 3)').result() == "3"
    fresh.ok("client.Close()\nserver.Close()")
