package subcmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"kdeck/protocol/race"
	"kdeck/ui"
)

// terminalOf is a console in a pseudo-terminal, read through an emulator.
type terminalOf struct {
	file *os.File

	mu     sync.Mutex
	screen *vt.Emulator
	raw    []byte // that the console wrote
}

// openTerminal opens a pseudo-terminal, and returns it with the end that a console is to run on.
func openTerminal(t *testing.T) (c *terminalOf, slave *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
	})
	if err := pty.Setsize(master, &pty.Winsize{Cols: 110, Rows: 34}); err != nil {
		t.Fatal(err)
	}
	c = &terminalOf{file: master, screen: vt.NewEmulator(110, 34)}
	go c.read()
	go func() { // what the console asks the terminal is answered
		buf := make([]byte, 4096)
		for {
			n, err := c.screen.Read(buf)
			if err != nil {
				return
			}
			_, _ = master.Write(buf[:n])
		}
	}()
	return c, slave
}

// onTerminal is an Env whose process has that terminal.
func onTerminal(env Env, slave *os.File) Env {
	env.In, env.Out, env.Err, env.InTerminal, env.OutTerminal = slave, slave, slave, true, true
	env.Environ = []string{"TERM=xterm-256color", "LANG=C.UTF-8"}
	return env
}

func (c *terminalOf) read() {
	buf := make([]byte, 1<<16)
	for {
		n, err := c.file.Read(buf)
		c.mu.Lock()
		_, _ = c.screen.Write(buf[:n])
		c.raw = append(c.raw, buf[:n]...)
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// settled waits until the console has written nothing for a moment, and returns the screen.
func (c *terminalOf) settled(pause time.Duration) string {
	last := -1
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); {
		c.mu.Lock()
		n, text := len(c.raw), c.screen.String()
		c.mu.Unlock()
		if n == last {
			return text
		}
		last = n
		<-time.After(pause)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.screen.String()
}

// shows waits until a text stands on the screen, and until nothing more is written.
func (c *terminalOf) shows(text string) bool {
	return c.waits(func(screen string) bool { return strings.Contains(screen, text) })
}

func (c *terminalOf) waits(until func(screen string) bool) bool {
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		if until(c.settled(25 * time.Millisecond)) {
			return true
		}
	}
	return false
}

// As kitty sends them: a bare escape would make alt of a key that comes soon after it.
const enter, esc = "\r", "\x1b[27u"

// leave quits the console, whose window for changes may be open, of which a dialog says so.
func (c *terminalOf) leave(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); { // another dialog may come after its key was pressed
		for _, keys := range []string{esc, esc, ":q" + enter, "\t", enter} {
			if _, err := c.file.WriteString(keys); err != nil {
				t.Fatal(err)
			}
			c.settled(15 * time.Millisecond)
		}
		select {
		case <-ended:
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
	t.Errorf("the console doesn't end; the screen:\n%s", c.settled(20*time.Millisecond))
}

// shortDir is a directory of a short name: consoles are made to type it again and again.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// somePanes are the panes that a console is led through: all, or under the race detector the first three.
func somePanes() []string {
	names := ui.PaneNames()
	if race.Enabled {
		names = names[:3]
	}
	return names
}

// It is not parallel: a console that gets too little of the processor falls behind the keys.
func TestGridTheConsoleShowsCopiesAndSavesNoSecret(t *testing.T) {
	l := newLeakTest(t)
	l.files()
	c, slave := openTerminal(t)
	master, env := c.file, onTerminal(l.env, slave)
	ctx, cancel := context.WithCancel(t.Context())
	named := markers["a value of config.yaml"] // a context named like its password: the name stands in titles and commands
	l.write("config/kdeck/config.yaml", fmt.Sprintf("contexts:\n  %[1]s:\n    bootstrap: [%[2]s]\n"+
		"    settings: {security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, sasl.username: me, sasl.password: %[1]s}\n", named, l.bootstrap()))
	flags := []string{"--context", named}
	l.peer.told = l.known(flags)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Execute(ctx, &env, flags)
	}()
	defer func() { // the terminal is closed when the console has left it
		cancel()
		<-ended
	}()
	written := func() { // what was written to the terminal since the last time, copies among it
		t.Helper()
		c.mu.Lock()
		raw := string(c.raw)
		c.raw = nil
		c.mu.Unlock()
		for _, what := range leaks(raw) {
			t.Errorf("what is written to the terminal has %s", what)
		}
	}
	press := func(keys string) {
		t.Helper()
		if _, err := master.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		for _, what := range leaks(c.settled(25 * time.Millisecond)) {
			t.Errorf("behind the keys %q the screen has %s", keys, what)
		}
	}
	if first := c.settled(200 * time.Millisecond); first == "" {
		t.Fatal("nothing is drawn")
	}
	for i, name := range somePanes() {
		for _, keys := range []string{fmt.Sprint(i + 1), "j" + enter, "y", "c", esc, "C", "?", esc, ":export " + filepath.Join(l.dir, name+".json") + enter, ":export csv " + filepath.Join(l.dir, name+".csv") + enter, esc, esc, esc} {
			press(keys)
		}
	}
	for _, line := range []string{
		"status", "brokers -o json", "request Metadata --to 1 --hex", "request DescribeConfigs --to 1 resources[0].resourceType=4 resources[0].resourceName=1 --hex",
		"status -X sasl.password=" + markers["a password in a JAAS line"], "request RenewDelegationToken --to 1 hmac=" + markers["an HMAC of a delegation token"], "rw 10m because",
		"quota set --user u producer_byte_rate=1MB --execute", "request AlterUserScramCredentials --to 1 upsertions[0].saltedPassword=" + markers["an SCRAM salted password"] + " --execute",
		"request IncrementalAlterConfigs --to 1 resources[0].configs[0].value=" + markers["a sensitive config"],
	} {
		written()
		if _, err := master.WriteString(":" + line); err != nil { // what is typed stands in the line for as long as it is typed
			t.Fatal(err)
		}
		if !c.shows(line[max(0, len(line)-8):]) {
			t.Fatalf("the line %q isn't drawn to its end; the screen:\n%s", line, c.settled(25*time.Millisecond))
		}
		c.mu.Lock()
		c.raw = nil
		c.mu.Unlock()
		if _, err := master.WriteString(enter); err != nil {
			t.Fatal(err)
		}
		// The line is read, and then its answer or the question for its phrase is there.
		if !c.waits(func(screen string) bool { // that it runs is still said while its dialog is open
			return !strings.Contains(screen, "enter run") && (!strings.Contains(screen, "running "+strings.Fields(line)[0]) || strings.Contains(screen, "Type "))
		}) {
			t.Fatalf("the line %q gets no answer; the screen:\n%s", line, c.settled(25*time.Millisecond))
		}
		press("c")
		press(esc)
		press(":\x1b[A") // the line before
		press(esc)
	}
	screen := filepath.Join(l.dir, "screen.txt")
	press(":save " + screen + enter)
	written()
	c.leave(t, ended)
	known, _ := filepath.Glob(filepath.Join(l.dir, "state", "kdeck", "clusters", "*.json"))
	for _, path := range known { // by the context's name, which is the operator's own
		l.source[path] = true
	}
	_ = master.Close() // and not slave: a reader of the console's library may still be at it
	l.look()
	if files, _ := filepath.Glob(filepath.Join(l.dir, "*.json")); len(slices.DeleteFunc(files, func(f string) bool { return l.source[f] })) == 0 {
		t.Errorf("no pane was exported; the screen:\n%s", strings.TrimSpace(c.settled(25*time.Millisecond)))
	}
}
