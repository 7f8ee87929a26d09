"""Messages between cells and code in the front end: comms, and a widget on top of them."""

from __future__ import annotations

from queue import Empty

import pytest

from session import Ran, Session


def tell(session: Session, kind: str, content: dict, buffers: list[bytes] | None = None) -> list[dict]:
    """Sends a comm message and returns what its handling led to."""
    return session.until_idle(post(session, kind, content, buffers))


def post(session: Session, kind: str, content: dict, buffers: list[bytes] | None = None) -> str:
    message = session.client.session.msg(kind, content)
    session.client.session.send(session.client.shell_channel.socket, message, buffers=buffers)
    return message["header"]["msg_id"]


def kinds(messages: list[dict]) -> list[str]:
    return [m["msg_type"] for m in messages]


def stream(messages: list[dict], name: str = "stdout") -> str:
    return Ran({}, messages).stream(name)


def listed(session: Session, target: str | None = None) -> dict:
    reply, _ = session.request("comm_info_request", {} if target is None else {"target_name": target})
    return reply["comms"]


def test_a_target_hears_the_front_end(kernel):
    kernel.ok(
        """
        comm.Register("echo", func(c *comm.Comm, open comm.Message) {
            fmt.Println("opened with", open.Data["hello"], c.Target())
            c.OnMessage(func(m comm.Message) {
                c.Send(map[string]any{"back": m.Data}, m.Buffers...)
            })
            c.OnClose(func(m comm.Message) { fmt.Println("closed with", m.Data["bye"]) })
        })
        """
    )
    opened = tell(kernel, "comm_open", {"comm_id": "e1", "target_name": "echo", "data": {"hello": "world"}})
    assert stream(opened) == "opened with world echo\n"
    assert listed(kernel, "echo") == {"e1": {"target_name": "echo"}}
    assert listed(kernel, "other") == {}

    (answer,) = tell(kernel, "comm_msg", {"comm_id": "e1", "data": {"n": 7}}, buffers=[b"\x00\xff", b"", b"x" * 100_000])
    assert answer["msg_type"] == "comm_msg"
    assert answer["content"] == {"comm_id": "e1", "data": {"back": {"n": 7}}}
    assert [bytes(b) for b in answer["buffers"]] == [b"\x00\xff", b"", b"x" * 100_000]

    assert stream(tell(kernel, "comm_close", {"comm_id": "e1", "data": {"bye": 1}})) == "closed with 1\n"
    assert listed(kernel) == {}


@pytest.mark.parametrize(
    "kind, content",
    [
        ("comm_open", {"comm_id": "n1", "target_name": "nobody", "data": {}}),
        ("comm_msg", {"comm_id": "n2", "data": {}}),
    ],
)
def test_what_nobody_takes_is_closed(kernel, kind, content):
    (closed,) = tell(kernel, kind, content)
    assert closed["msg_type"] == "comm_close" and closed["content"]["comm_id"] == content["comm_id"]


@pytest.mark.parametrize("content", [{}, {"comm_id": 7}, {"comm_id": "b", "data": "text"}, {"data": None}])
@pytest.mark.parametrize("kind", ["comm_open", "comm_msg", "comm_close"])
def test_messages_that_make_no_sense_do_no_harm(kernel, kind, content):
    tell(kernel, kind, content)
    assert kernel.ok("1 + 1").result() == "2"


def test_a_panic_is_shown_where_it_belongs_and_ends_nothing_else(kernel):
    kernel.ok(
        """
        comm.Register("fragile", func(c *comm.Comm, open comm.Message) {
            c.OnMessage(func(m comm.Message) {
                if m.Data["go"] == true {
                    go func() { var p *int; *p = 1 }()
                    for { // until the other goroutine's panic ends this one
                        time.Sleep(time.Millisecond)
                    }
                }
                panic(fmt.Sprint("no ", m.Data["x"]))
            })
        })
        """
    )
    tell(kernel, "comm_open", {"comm_id": "f1", "target_name": "fragile", "data": {}})
    for data, what in [({"x": 3}, "no 3"), ({"go": True}, "nil pointer")]:
        (error,) = tell(kernel, "comm_msg", {"comm_id": "f1", "data": data})
        assert error["msg_type"] == "error" and error["content"]["ename"] == "panic"
        assert what in error["content"]["evalue"] and "cell[" in "".join(error["content"]["traceback"])
    assert "f1" in listed(kernel)
    tell(kernel, "comm_close", {"comm_id": "f1", "data": {}})


def test_a_target_that_panics_opens_nothing(kernel):
    kernel.ok('comm.Register("broken", func(*comm.Comm, comm.Message) { panic("at once") })')
    messages = tell(kernel, "comm_open", {"comm_id": "p1", "target_name": "broken", "data": {}})
    assert sorted(kinds(messages)) == ["comm_close", "error"]
    assert "p1" not in listed(kernel)


def test_what_a_handler_shows_belongs_to_its_message_also_beside_a_cell(kernel):
    kernel.ok(
        """
        pressed := make(chan float64)
        comm.Register("button", func(c *comm.Comm, open comm.Message) {
            c.OnMessage(func(m comm.Message) {
                display.Display(display.HTML("<b>pressed</b>"))
                pressed <- m.Data["n"].(float64)
            })
        })
        """
    )
    tell(kernel, "comm_open", {"comm_id": "b1", "target_name": "button", "data": {}})
    waiting = kernel.submit("""fmt.Println("waiting"); fmt.Println("got", <-pressed)""")
    kernel.wait_for(waiting, "stream")
    press = post(kernel, "comm_msg", {"comm_id": "b1", "data": {"n": 5}})
    messages, idle = {waiting: [], press: []}, set()
    while len(idle) < 2:  # the two run side by side
        message = kernel.client.get_iopub_msg(timeout=60)
        parent = message["parent_header"].get("msg_id")
        if parent in messages and message["msg_type"] != "status":
            messages[parent].append(message)
        elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            idle.add(parent)
    assert kinds(messages[press]) == ["display_data"]
    assert stream(messages[waiting]) == "got 5\n"
    assert kernel.reply(waiting)["content"]["status"] == "ok"


def test_a_cell_that_waits_for_the_front_end_is_no_deadlock(fresh):
    fresh.ok(
        """
        sent := make(chan bool)
        c, err := comm.Open("slow", nil)
        if err != nil { panic(err) }
        c.OnMessage(func(comm.Message) { sent <- true })
        """
    )
    (comm_id,) = listed(fresh)
    waiting = fresh.submit("""<-sent; "heard" """)
    with pytest.raises(Empty):  # for longer than it takes to find a deadlock
        fresh.client.get_shell_msg(timeout=4)
    tell(fresh, "comm_msg", {"comm_id": comm_id, "data": {}})
    assert fresh.reply(waiting)["content"]["status"] == "ok"


def test_an_endless_handler_can_be_interrupted(fresh):
    fresh.ok(
        """
        comm.Register("endless", func(c *comm.Comm, open comm.Message) {
            fmt.Println("begun")
            for i := 0; ; i++ { if i < 0 { fmt.Println(i) } }
        })
        kept := 5
        """
    )
    opened = post(fresh, "comm_open", {"comm_id": "x", "target_name": "endless", "data": {}})
    fresh.wait_for(opened, "stream")
    fresh.request("interrupt_request", {}, channel="control")
    messages = fresh.until_idle(opened)
    (error,) = [m["content"] for m in messages if m["msg_type"] == "error"]
    assert error["ename"] == "interrupted"
    assert fresh.ok("kept").result() == "5"


def test_comms_end_with_the_worker(fresh):
    fresh.ok('c, _ := comm.Open("widget", map[string]any{"n": 1}); c.OnMessage(func(comm.Message) {})')
    (comm_id,) = listed(fresh)
    died = fresh.run("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
    assert died.status == "error"
    assert [c["comm_id"] for c in died.contents("comm_close")] == [comm_id]
    assert listed(fresh) == {}
    fresh.ok('c, _ := comm.Open("widget", nil)')
    (comm_id,) = listed(fresh)
    fresh.ok("%reset")
    assert listed(fresh) == {}
    (closed,) = tell(fresh, "comm_msg", {"comm_id": comm_id, "data": {}})
    assert closed["msg_type"] == "comm_close"


@pytest.mark.parametrize(
    "code, message",
    [
        ('_, err := comm.Open("w", math.NaN()); err', "data cannot be sent"),
        ('_, err = comm.Open("w", []int{1}); err', "it is no object"),
        ('_, err = comm.Open("w", comm.Message{Metadata: map[string]any{"f": func() {}}}); err', "metadata cannot be sent"),
        ('w, _ := comm.Open("w", nil); w.Close(); w.Close(); w.Send(nil)', "it is closed"),
    ],
)
def test_what_cannot_be_sent_is_an_error(kernel, code, message):
    ran = kernel.ok(code)
    assert message in ran.result()


SLIDER = """
type View map[string]any

func (v View) SimpleRender() map[string]any {
    return map[string]any{"application/vnd.jupyter.widget-view+json": map[string]any(v), "text/plain": "IntSlider"}
}

var version = map[string]any{"version": "2.1.0"}

// model opens the model of a widget of the controls, as ipywidgets 8 does.
func model(name string, state map[string]any) *comm.Comm {
    module := map[string]string{"LayoutModel": "@jupyter-widgets/base", "SliderStyleModel": "@jupyter-widgets/controls"}[name]
    if module == "" { module = "@jupyter-widgets/controls" }
    state["_model_name"], state["_model_module"], state["_model_module_version"] = name, module, "2.0.0"
    c, err := comm.Open("jupyter.widget", comm.Message{
        Data: map[string]any{"state": state, "buffer_paths": []any{}}, Metadata: version,
    })
    if err != nil { panic(err) }
    return c
}

layout := model("LayoutModel", map[string]any{"_view_name": "LayoutView"})
slider := model("IntSliderModel", map[string]any{
    "_view_name": "IntSliderView", "_view_module": "@jupyter-widgets/controls", "_view_module_version": "2.0.0",
    "value": 50, "min": 0, "max": 100, "layout": "IPY_MODEL_" + layout.ID(),
})
value := 50
slider.OnMessage(func(m comm.Message) {
    var update struct {
        Method string
        State struct { Value int }
    }
    if err := m.Decode(&update); err != nil { panic(err) }
    if update.Method != "update" { return }
    value = update.State.Value
    slider.Send(comm.Message{Data: map[string]any{"method": "echo_update", "state": map[string]any{"value": value}, "buffer_paths": []any{}}})
    fmt.Println("value is", value)
})
View{"version_major": 2, "version_minor": 0, "model_id": slider.ID()}
"""


def test_a_slider_of_ipywidgets(kernel):
    ran = kernel.ok(SLIDER)
    layout, slider = [m for m in ran.messages if m["msg_type"] == "comm_open"]
    assert {m["content"]["target_name"] for m in (layout, slider)} == {"jupyter.widget"}
    assert slider["metadata"] == {"version": "2.1.0"}
    state = slider["content"]["data"]["state"]
    assert state["value"] == 50 and state["layout"] == "IPY_MODEL_" + layout["content"]["comm_id"]
    (shown,) = ran.contents("execute_result")
    model_id = shown["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert model_id == slider["content"]["comm_id"]
    assert listed(kernel, "jupyter.widget").keys() >= {model_id}

    moved = tell(kernel, "comm_msg", {"comm_id": model_id, "data": {"method": "update", "state": {"value": 73}, "buffer_paths": []}})
    assert [m["content"]["data"]["state"] for m in moved if m["msg_type"] == "comm_msg"] == [{"value": 73}]
    assert stream(moved) == "value is 73\n"
    assert kernel.ok("value").result() == "73"
