package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/warren-go/warren/kernel/engine"
)

// executeRequest is the content of an execute_request.
type executeRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      bool              `json:"allow_stdin"`
	StopOnError     bool              `json:"stop_on_error"`
}

// parseExecute fills in the defaults of the protocol. What is silent is never stored.
func parseExecute(raw json.RawMessage) (executeRequest, error) {
	x := executeRequest{StoreHistory: true, AllowStdin: true, StopOnError: true}
	err := json.Unmarshal(raw, &x)
	x.StoreHistory = x.StoreHistory && !x.Silent
	return x, err
}

func (x executeRequest) cell(count int) Cell {
	return Cell{Code: x.Code, Count: count, Silent: x.Silent, StoreHistory: x.StoreHistory}
}

// execute runs a cell.
func (k *kernel) execute(ctx context.Context, r request) content {
	x, err := parseExecute(r.Content)
	if err != nil {
		return badRequest(r, err)
	}
	count := k.begin(r, x)
	out := &cellOutput{k: k, request: r, count: count, silent: x.Silent, allowInput: x.AllowStdin}
	if !x.Silent {
		k.publish("execute_input", r.Raw, nil, map[string]any{"code": x.Code, "execution_count": count})
	}
	err = k.runCell(ctx, x.cell(count), out)
	var reply content
	if err == nil {
		reply = content{"status": "ok", "user_expressions": k.evaluate(ctx, x.UserExpressions)}
	}
	k.finish()
	k.streams.Flush(r.Raw)
	payload, text := out.end()
	if x.StoreHistory {
		k.history.Add(count, x.Code, text)
	}
	if err != nil {
		reply = k.failed(out, err)
		if x.StopOnError && !x.Silent { // now, so that a client may ask for more as soon as it sees the reply
			k.aborted = k.cells.drain()
		}
	}
	reply["execution_count"], reply["payload"] = count, payload
	return reply
}

// begin marks the cell as the running one and gives its count. Now the counts of the cells behind it are certain too.
func (k *kernel) begin(r request, x executeRequest) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running = r.Raw
	k.input.renew()
	count := k.count + 1
	if x.StoreHistory {
		k.count = count
	}
	wakeUp(k.ahead)
	return count
}

func (k *kernel) finish() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running = nil
}

// runCell turns a panic of the interpreter's into the cell's error.
func (k *kernel) runCell(ctx context.Context, c Cell, out engine.Output) (err error) {
	defer func() {
		if p := recover(); p != nil {
			k.log.Error("a cell failed inside the kernel", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("the kernel failed at this cell: %v", p)
		}
	}()
	return k.interp.Execute(ctx, c, out)
}

// failed publishes the error of a cell and gives the reply.
func (k *kernel) failed(out *cellOutput, err error) content {
	reply := failure("kernel error", err.Error(), nil)
	if ce, ok := errors.AsType[*engine.CellError](err); ok {
		reply = failure(ce.Name, ce.Value, ce.Traceback)
	}
	out.publish("error", map[string]any{"ename": reply["ename"], "evalue": reply["evalue"], "traceback": reply["traceback"]})
	reply["user_expressions"] = map[string]any{}
	return reply
}

func (k *kernel) evaluate(ctx context.Context, expressions map[string]string) map[string]any {
	values := map[string]any{}
	for name, e := range expressions {
		d, err := k.interp.Evaluate(ctx, e)
		if err == nil {
			values[name] = content{"status": "ok", "data": bundle(d.Data), "metadata": bundle(d.Metadata)}
			continue
		}
		values[name] = failure("kernel error", err.Error(), nil)
		if ce, ok := errors.AsType[*engine.CellError](err); ok {
			values[name] = failure(ce.Name, ce.Value, ce.Traceback)
		}
	}
	return values
}

// abort answers the cells that waited when one failed: they were asked for on the ground that those before them succeed.
func (k *kernel) abort() {
	if len(k.aborted) == 0 {
		return
	}
	wakeUp(k.ahead)
	for _, r := range k.aborted {
		k.status("busy", r.Raw)
		k.reply(r, content{"status": "aborted"}, time.Now())
		k.status("idle", r.Raw)
	}
	k.aborted = nil
}
