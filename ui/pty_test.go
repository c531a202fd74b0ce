package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// inPty tells the test binary to be a console on a fixture instead of running tests.
const inPty = "KDECK_TEST_CONSOLE"

func TestMain(m *testing.M) {
	if mode := os.Getenv(inPty); mode != "" {
		os.Exit(beConsole(mode))
	}
	code := m.Run()
	if built {
		path, _ := kdeck()
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// beConsole is the program in the pseudo-terminal: broker 7 of a small cluster dies when a file appears.
func beConsole(mode string) int {
	ticks := time.NewTicker(time.Second)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	opt := Options{In: os.Stdin, Out: os.Stdout, Env: os.Environ(), Hangup: hangup, Ticks: ticks.C, StateDir: os.Getenv("KDECK_TEST_DIR"),
		Cluster: Cluster{States: &dying{file: filepath.Join(os.Getenv("KDECK_TEST_DIR"), "die"), panics: mode == "panic", now: time.Now}}}
	if mode == "large" {
		opt.States, opt.Pane = &churning{every: time.Second}, "partitions"
	}
	if pane, ok := strings.CutPrefix(mode, "metered "); ok && pane != "without" {
		opt.States, opt.Pane = &churning{every: time.Second, metered: true}, pane
	}
	if strings.HasSuffix(mode, " without") {
		return beWithout(mode == "metered without")
	}
	if err := Run(context.Background(), opt); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	fmt.Println("bye")
	return 0
}

type dying struct {
	file   string
	panics bool
	now    func() time.Time

	recorder history.Recorder
}

func (s *dying) Next(ctx context.Context, after uint64) (*state.State, *history.History, error) {
	c := fixture.Small()
	c.At = s.now()
	for after > 0 {
		if _, err := os.Stat(s.file); err == nil {
			if s.panics {
				panic("torn in a command")
			}
			c.Dead, c.At = 7, s.now()
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	if after > 1 {
		<-ctx.Done()
		return nil, nil, ctx.Err()
	}
	st := c.State(after + 1)
	return st, s.recorder.Add(st), nil
}

// atOnce spares a program under the race detector the second that it waits for before it ends.
const atOnce = "GORACE=atexit_sleep_ms=0"

// ptyScreen is a program in a pseudo-terminal, read through an emulator.
type ptyScreen struct {
	t    testing.TB
	cmd  *exec.Cmd
	file *os.File
	mu   sync.Mutex
	em   *vt.Emulator
	raw  int // bytes that the program wrote
	done chan struct{}
}

func startPty(t testing.TB, w, h int, env []string, name string, args ...string) *ptyScreen {
	t.Helper()
	p := &ptyScreen{t: t, cmd: exec.Command(name, args...), em: vt.NewEmulator(w, h), done: make(chan struct{})}
	p.cmd.Env = append([]string{atOnce, "TERM=xterm-256color", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	var err error
	if p.file, err = pty.StartWithSize(p.cmd, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		t.Fatal(err)
	}
	go func() { // what the program asks the terminal is answered
		buf := make([]byte, 4096)
		for {
			n, err := p.em.Read(buf)
			if err != nil {
				return
			}
			p.file.Write(buf[:n])
		}
	}()
	go func() {
		defer close(p.done)
		buf := make([]byte, 1<<16)
		for {
			n, err := p.file.Read(buf)
			p.mu.Lock()
			p.em.Write(buf[:n])
			p.raw += n
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.file.Close()
		<-p.done
		if c, ok := p.em.InputPipe().(io.Closer); ok {
			c.Close()
		}
	})
	return p
}

func (p *ptyScreen) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.em.String()
}

// until waits for a text to be on the screen.
func (p *ptyScreen) until(parts ...string) {
	p.t.Helper()
	deadline := time.Now().Add(5 * time.Minute) // it only ends what hangs
	for {
		screen, missing := p.text(), ""
		for _, part := range parts {
			if !strings.Contains(screen, part) {
				missing = part
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%q never came up:\n%s", missing, screen)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// foreign writes to the terminal what another program would.
func (p *ptyScreen) foreign(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.em.Write([]byte(text))
}

// gone waits for a text to be no longer on the screen.
func (p *ptyScreen) gone(text string) {
	p.t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	for strings.Contains(p.text(), text) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%q stays on the screen:\n%s", text, p.text())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// drawn waits for anything to have been written.
func (p *ptyScreen) drawn() {
	p.t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	for {
		p.mu.Lock()
		n := p.raw
		p.mu.Unlock()
		if n > 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatal("nothing was drawn")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (p *ptyScreen) press(keys string) { io.WriteString(p.file, keys) }

func (p *ptyScreen) resize(w, h int) {
	p.mu.Lock()
	p.em.Resize(w, h)
	p.mu.Unlock()
	pty.Setsize(p.file, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
}

// ended waits for the program to end and returns its exit code.
func (p *ptyScreen) ended() int {
	p.t.Helper()
	over := make(chan struct{})
	go func() { p.cmd.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(5 * time.Minute):
		p.t.Fatalf("the program did not end:\n%s", p.text())
	}
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

func testConsole(t testing.TB, w, h int, mode string, env ...string) (p *ptyScreen, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	return startPty(t, w, h, append([]string{inPty + "=" + mode, "KDECK_TEST_DIR=" + dir}, env...), self), dir
}

func kill(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "die"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	keyEnter = "\r"
	keyEsc   = "\x1b"
	keyDown  = "\x1b[B"
)

func TestAConsoleInATerminal(t *testing.T) {
	p, dir := testConsole(t, 80, 24, "small")
	p.until("HEALTHY", "12/12 brokers")
	kill(t, dir)
	p.until("CRITICAL", "11/12 brokers", "broker 7 died", "▸ CRIT") // without a key pressed
	p.press(keyDown + keyEnter)
	p.until("4 Parts", "/missing:7", "90 of 360 partitions")
	p.resize(200, 60)
	p.until("REPLICAS, preferred leader first", "EPOCH")
	p.resize(40, 8)
	p.until("too small")
	p.resize(80, 24)
	p.until("/missing:7", "? help")
	p.press(keyEsc)
	p.until("broker 7 is down")
	p.press("/\x1b[200~replicat\x1b[201~")
	p.until("/replicat")
	p.press(keyEsc)
	p.until("enter open", "broker 7 is down")
	p.press("q")
	if code := p.ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if s := p.text(); !strings.Contains(s, "bye") || strings.Contains(s, "1 Over") {
		t.Errorf("the terminal was not given back:\n%s", s)
	}
}

func TestACtrlZAndBack(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A shell with job control: a process that has none to wake it is not stopped by the kernel.
	p := startPty(t, 80, 24, []string{inPty + "=small", "KDECK_TEST_DIR=" + t.TempDir()},
		"sh", "-c", `set -m; "$0"; echo "it sleeps"; read x; fg >/dev/null`, self)
	p.until("HEALTHY")
	p.press("\x1a")
	p.until("it sleeps")
	if strings.Contains(p.text(), "1 Over") {
		t.Errorf("the shell has no screen of its own:\n%s", p.text())
	}
	p.press("\r")
	p.until("HEALTHY", "? help")
	p.press("2")
	p.until("12 brokers")
	p.press("q")
	if code := p.ended(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestALostTerminalEndsIt(t *testing.T) {
	p, _ := testConsole(t, 80, 24, "small")
	p.until("HEALTHY")
	syscall.Kill(p.cmd.Process.Pid, syscall.SIGHUP)
	if code := p.ended(); code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestATerminalThatIsClosedEndsIt(t *testing.T) {
	p, _ := testConsole(t, 80, 24, "small")
	p.until("HEALTHY")
	p.file.Close()
	if code := p.ended(); code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestAPanicGivesTheTerminalBack(t *testing.T) {
	p, dir := testConsole(t, 100, 24, "panic")
	p.until("HEALTHY")
	kill(t, dir)
	if code := p.ended(); code != 1 {
		t.Errorf("exit %d", code)
	}
	if s := p.text(); !strings.Contains(s, "kdeck panicked: torn in a command") || !strings.Contains(s, "panic-") || strings.Contains(s, "1 Over") {
		t.Errorf("the screen says:\n%s", s)
	}
}

func TestTerminalsOfAllKinds(t *testing.T) {
	for _, c := range []struct {
		name      string
		w, h      int
		env       []string
		see       string
		forbidden string
	}{
		{"of one cell", 1, 1, nil, "", ""},
		{"no room at all", 20, 5, nil, "HEALTHY", ""},
		{"GNU screen", 80, 24, []string{"TERM=screen"}, "12/12 brokers", ""},
		{"the Linux console", 80, 24, []string{"TERM=linux"}, "> ok ", "▸"},
		{"a locale without UTF-8", 80, 24, []string{"LANG=C"}, "> ok ", "▸"},
		{"NO_COLOR of any value", 80, 24, []string{"NO_COLOR=please"}, "▸ ok ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := testConsole(t, c.w, c.h, "small", c.env...)
			p.drawn()
			p.until(c.see)
			if c.forbidden != "" && strings.Contains(p.text(), c.forbidden) {
				t.Errorf("%q is on the screen:\n%s", c.forbidden, p.text())
			}
			if c.env != nil && c.env[0] == "NO_COLOR=please" && p.coloured() {
				t.Error("there are colours")
			}
			p.press("\x03")
			if code := p.ended(); code != 0 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// coloured tells whether any cell has a colour.
func (p *ptyScreen) coloured() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for y := range p.em.Height() {
		for x := range p.em.Width() {
			if c := p.em.CellAt(x, y); c != nil && (c.Style.Fg != nil || c.Style.Bg != nil) {
				return true
			}
		}
	}
	return false
}

func TestWithoutATerminalThePaneIsPrintedOnce(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range []string{"TERM=xterm-256color", "TERM=dumb", "X=Y"} {
		cmd := exec.Command(self)
		cmd.Env = []string{atOnce, inPty + "=small", "KDECK_TEST_DIR=" + t.TempDir(), env, "LANG=C.UTF-8"}
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if s := string(out); !strings.Contains(s, "HEALTHY") || !strings.HasSuffix(s, "bye\n") || strings.Contains(s, "\x1b") {
			t.Errorf("%s: printed\n%s", env, s)
		}
	}
	p, _ := testConsole(t, 80, 24, "small", "TERM=dumb")
	if code := p.ended(); code != 0 || !strings.Contains(p.text(), "bye") {
		t.Errorf("a dumb terminal: exit %d\n%s", code, p.text())
	}
}
