package subcmd

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"kdeck/protocol/printable"
	"kdeck/ui"
)

// drawing are the ends of the sequences that move the cursor, erase, scroll and colour. Which of them a screen is drawn with
// depends on what stood there before.
const drawing = "@ABCDEFGHIJKLMPSTXZ`abcdefmr"

// shapes are the kinds of escape sequences and control characters in what was written to a terminal. Texts in them that aren't
// printable, and characters beside them that aren't, are returned as faults.
func shapes(raw []byte) (kinds map[string]bool, faults []string) {
	kinds = map[string]bool{}
	fault := func(what string, of any) { faults = append(faults, fmt.Sprintf("%s %.200q", what, of)) }
	p := ansi.NewParser()
	p.SetDataSize(len(raw))
	p.SetHandler(ansi.Handler{
		Print: func(r rune) {
			if !printable.Rune(r) {
				fault("the character", r)
			}
		},
		Execute: func(b byte) {
			if !strings.ContainsRune("\b\t\n\r", rune(b)) { // which move the cursor
				kinds[fmt.Sprintf("control %#x", b)] = true
			}
		},
		HandleCsi: func(cmd ansi.Cmd, _ ansi.Params) {
			if !strings.ContainsRune(drawing, rune(cmd)) {
				kinds[fmt.Sprintf("CSI %x", int(cmd))] = true
			}
		},
		HandleEsc: func(cmd ansi.Cmd) { kinds[fmt.Sprintf("ESC %x", int(cmd))] = true },
		HandleDcs: func(cmd ansi.Cmd, _ ansi.Params, data []byte) { kinds[fmt.Sprintf("DCS %x %s", int(cmd), data)] = true },
		HandlePm:  func(data []byte) { kinds[fmt.Sprintf("PM %s", data)] = true },
		HandleApc: func(data []byte) { kinds[fmt.Sprintf("APC %s", data)] = true },
		HandleSos: func(data []byte) { kinds[fmt.Sprintf("SOS %s", data)] = true },
		HandleOsc: func(cmd int, data []byte) {
			kinds[fmt.Sprintf("OSC %d", cmd)] = true
			text := string(data)
			if copied, is := strings.CutPrefix(text, "52;c;"); is {
				decoded, err := base64.StdEncoding.DecodeString(copied)
				if err != nil {
					fault("a copy that isn't base64", copied)
				}
				text = strings.NewReplacer("\n", "", "\t", "").Replace(string(decoded))
			}
			if !printable.Text(text) {
				fault(fmt.Sprintf("the text of OSC %d", cmd), firstUnprintable(text))
			}
		},
	})
	p.Parse(raw)
	slices.Sort(faults)
	return kinds, slices.Compact(faults)
}

// console runs a console in a pseudo-terminal, presses keys in panes and runs lines. It returns all that was written to the terminal.
func (g *hostileGround) console(panes, lines []string) (raw []byte, last string) {
	c, slave := openTerminal(g.t)
	master, env := c.file, onTerminal(g.env, slave)
	ctx, cancel := context.WithCancel(g.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Execute(ctx, &env, []string{})
	}()
	defer func() { // the terminal is closed when the console has left it
		cancel()
		<-ended
	}()
	press := func(keys string) {
		g.t.Helper()
		if _, err := master.WriteString(keys); err != nil {
			g.t.Fatal(err)
		}
		c.settled(15 * time.Millisecond)
	}
	if !c.shows("3 brokers") && !c.shows("2/3") {
		g.t.Fatalf("nothing was read; the screen:\n%s", c.settled(20*time.Millisecond))
	}
	for _, name := range panes {
		for _, keys := range []string{fmt.Sprint((slices.Index(ui.PaneNames(), name) + 1) % 10), "j", enter, "c", esc, "y", "c", esc, "c", "C", "b", "?", esc, "i", esc, "/a" + enter, esc,
			":export " + filepath.Join(g.dir, name+".json") + enter, ":export csv " + filepath.Join(g.dir, name+".csv") + enter, esc, esc, esc} {
			press(keys)
		}
	}
	for _, line := range append(lines, "rw 10m because", "drain 2 --execute --throttle none") {
		press(":" + line)
		if strings.HasSuffix(line, " ") { // what may follow is offered
			press("\t")
			press("\t")
			press(esc)
			press(esc)
			continue
		}
		press(enter)
		press("c")
		press(esc)
	}
	press(":save " + filepath.Join(g.dir, "screen.txt") + enter)
	c.leave(g.t, ended)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw, c.screen.String()
}

// It is not parallel: a console that gets too little of the processor falls behind the keys.
func TestGridNothingThatALiveBrokerSendsActsOnTheTerminal(t *testing.T) {
	harmless := newHostileGround(t)
	harmless.plain = true
	raw, _ := harmless.console([]string{"brokers"}, nil)
	usual, _ := shapes(raw)
	g := newHostileGround(t)
	raw, last := g.console(somePanes(), []string{
		"status", "brokers -o json", "partitions -o yaml", "doctor", "request Metadata --to 1 topics=null --hex", "request DescribeLogDirs --to all topics=null",
		"partitions --topic ", "quota set --user ", "request DescribeConfigs --to 1 resources[0].resourceType=4 resources[0].resourceName=1", "plan drain 2",
	})
	kinds, faults := shapes(raw)
	for _, f := range faults {
		t.Errorf("written to the terminal: %s", f)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if !usual[kind] {
			t.Errorf("written to the terminal: %s, which isn't written where names are harmless", kind)
		}
	}
	g.look()
	exported := 0
	for _, name := range somePanes() {
		content, err := os.ReadFile(filepath.Join(g.dir, name+".json"))
		if err != nil {
			continue
		}
		exported++
		var doc any
		if err := json.Unmarshal(content, &doc); err != nil {
			t.Errorf("what %s exports: %v", name, err)
		}
	}
	if exported < len(somePanes())*5/8 {
		t.Errorf("%d panes were exported; the screen:\n%s", exported, last)
	}
}
