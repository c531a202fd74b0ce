package subcmd_test

import (
	"io"
	"testing"

	"github.com/creack/pty"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/host"
)

func TestWatchingAMachineOnATerminalIsAScreen(t *testing.T) {
	d := onMachine(t, func(bool) (*host.System, error) { return brokersMachine() })
	keys, tty, err := pty.Open()
	must(t, err)
	defer keys.Close()
	must(t, pty.Setsize(keys, &pty.Winsize{Rows: 40, Cols: 120}))
	env := d.env(tty, tty, tty)
	env.InTerminal, env.OutTerminal = true, true
	ended := make(chan int)
	go func() {
		code := subcmd.Execute(t.Context(), env, []string{"host", "--watch", "--for", "1s", "--every", "20ms", "--no-color"})
		tty.Close()
		ended <- code
	}()
	screen := &transcript{t: t, from: keys, got: make(chan []byte)}
	go screen.read()
	screen.awaitFold("waiting for the first look at broker 7")
	screen.awaitFold("click-stream-17")
	_, err = io.WriteString(keys, "q")
	must(t, err)
	go func() { // what it says until it ends
		for range screen.got {
		}
	}()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
	}
}
