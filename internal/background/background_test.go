package background

import (
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatIsStartedIsMarked(t *testing.T) {
	t.Setenv("GODEBUG", "tracebacklabels=1")
	end, header := make(chan struct{}), make(chan string)
	defer close(end)
	Run("library", func() {
		go func() {
			header <- firstLine()
			<-end
		}()
	})
	if line := <-header; !Marked(line) {
		t.Errorf("a goroutine of a library: %s", line)
	}
	if line := firstLine(); Marked(line) {
		t.Errorf("who calls Run: %s", line)
	}
}

func firstLine() string {
	buf := make([]byte, 1<<10)
	line, _, _ := strings.Cut(string(buf[:runtime.Stack(buf, false)]), "\n")
	return line
}
