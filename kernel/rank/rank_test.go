package rank

import (
	"io"
	"net"
	"testing"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/proto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatARankShowsArrives(t *testing.T) {
	here, there := net.Pipe()
	var got []proto.Message
	done := make(chan struct{})
	go func() {
		defer close(done)
		Receive(there, func(m proto.Message) { got = append(got, m) })
	}()
	p := &publisher{conn: proto.NewConn(here)}
	d := display.Data{Data: display.MIMEMap{"text/plain": "7"}}
	for _, err := range []error{p.Display(d), p.Update(d), p.Clear(true), p.Result(d)} {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := p.Input("name?", false); err == nil {
		t.Error("a rank was answered")
	}
	here.Close()
	<-done
	there.Close()
	want := []string{proto.Display, proto.Update, proto.Clear, proto.Display}
	if len(got) != len(want) {
		t.Fatalf("got %d messages", len(got))
	}
	for i, m := range got {
		if m.Kind != want[i] || m.Kind != proto.Clear && m.Data.Data["text/plain"] != "7" || m.Flag != (m.Kind == proto.Clear) {
			t.Errorf("message %d is %+v", i, m)
		}
	}
}

func TestANotebookThatIsGoneIsAnError(t *testing.T) {
	here, there := net.Pipe()
	p := &publisher{conn: proto.NewConn(here)}
	go func() {
		io.ReadAtLeast(there, make([]byte, 1<<10), 1)
		there.Close()
	}()
	if err := p.Clear(false); err == nil {
		t.Error("what nobody saw was shown")
	}
	here.Close()
}
