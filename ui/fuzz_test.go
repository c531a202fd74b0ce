package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/protocol/alloctest"
	"kdeck/ui/cell"
	"kdeck/ui/fixture"
)

// fuzzKeys are the keys that random input is made of: all that mean something, and some that don't.
var fuzzKeys = []string{
	"enter", "esc", "tab", "backspace", "up", "down", "left", "right", "pgup", "pgdown", "home", "end", "space", "shift+tab",
	"ctrl+s", "ctrl+d", "ctrl+u", "ctrl+f", "ctrl+b", "ctrl+w", "ctrl+e", "ctrl+p",
	":", "/", "?", "q", "Z", "r", "C", "[", "]", "-", "1", "2", "3", "4", "5", "6", "7", "8",
	"j", "k", "g", "G", "v", "V", "c", ">", "<", "s", "w", "l", "h", "b", "d", "p", "m", "!", "L", "W", "X", "O", "D",
	"is:urp", "topic:", "missing:7 ", "/[", "sort size_bytes", "group topic", "group tenant", "throttled", "type:request", "theme mono", "rw 1m x", "注文", "\x1b[2J", "e\u0301",
}

// fuzzTopic makes topic names of what tears terminals.
func fuzzTopic(seed byte) func(int) string {
	return func(i int) string {
		name := hostileNames[(int(seed)+i)%len(hostileNames)]
		return fmt.Sprintf("%03d", i) + strings.Repeat(name, 1+i%3)
	}
}

// play drives a console with bytes: two of each step's three choose what is done.
func play(t *testing.T, data []byte) {
	themes := cell.Themes()
	d := newDriver(t, themes[len(data)%len(themes)], 80, 24, func(o *Options) {
		o.SaveDir, o.Commands, o.Window = t.TempDir(), &commandLine{}, &readWrite{}
		o.Requests = &fakeRequests{}
	})
	c := fixture.Small()
	c.Topics = 5
	seq := uint64(0)
	for ; len(data) >= 3; data = data[3:] {
		a, b := data[1], data[2]
		switch data[0] % 8 {
		case 0:
			d.send(tea.WindowSizeMsg{Width: int(a) * 300 / 255, Height: int(b) * 100 / 255})
		case 1:
			seq++
			c.At = c.At.Add(time.Second)
			c.Dead, c.Silent, c.BadDir, c.Moving = int32(a%14), int32(b%13), int32(a%5), int(b%4)
			c.Brokers, c.Topics, c.Partitions = 4+int(a%9), int(b%7), 1+int(a%6)
			c.Topic = fuzzTopic(a)
			s := c.State(seq)
			if a%4 != 3 {
				fixture.Load{Processors: int(a % 9), Hot: int32(b % 13), Lost: int32(a % 13), Step: int(seq)}.Add(s)
			}
			if a%4 < 2 {
				fixture.Tenants{Step: int(seq), Random: int(b%3) * 40, Shift: int(a), NoUsage: b%7 == 0, Quiet: b%2 == 0, Old: time.Duration(b%5) * 20 * time.Second,
					Name: func(name string) string { return hostileNames[(len(name)+int(a))%len(hostileNames)] + name }}.AddTo(s)
			}
			if a%3 == 1 {
				at := int(b) % len(hostileNames)
				s.Groups = hostileGroups(hostileNames[at:min(at+3, len(hostileNames))], s.Now)
				s.Verdict, s.Findings = health.Judge(health.Input{State: s})
			}
			if b%16 == 0 {
				s.Failed = "\x1b]0;title\x07no answer"
			}
			if b%31 == 0 {
				s = &state.State{Seq: seq, Now: c.At, Waiting: "first\nanswer", Verdict: state.VerdictUnknown}
			}
			d.state(s)
		case 2:
			d.wait(time.Duration(a%90) * time.Second)
		case 3:
			d.send(tea.PasteMsg{Content: string(data[:3])})
		default:
			d.keys(fuzzKeys[int(a)%len(fuzzKeys)])
		}
		checkScreen(t, d)
	}
}

// checkScreen holds what is true of every screen.
func checkScreen(t *testing.T, d *driver) {
	t.Helper()
	content := d.app.View().Content
	lines := strings.Split(content, "\n")
	if len(lines) > max(d.app.height, 1) {
		t.Fatalf("%d lines on a screen of %d", len(lines), d.app.height)
	}
	for y, l := range lines {
		if w, wc := ansi.StringWidth(l), ansi.StringWidthWc(l); d.app.width > 0 && w > d.app.width || w != wc {
			t.Fatalf("line %d is %d or %d columns wide of %d: %q", y, w, wc, d.app.width, l)
		}
		if i := strings.IndexFunc(ansi.Strip(l), func(r rune) bool { return r < 0x20 || r == 0x7f }); i >= 0 {
			t.Fatalf("line %d holds a control character: %q", y, l)
		}
	}
	if d.app.term.theme.ASCII {
		if i := strings.IndexFunc(content, func(r rune) bool { return r > 0x7e }); i >= 0 {
			t.Fatalf("not in ASCII: %q", content[i:min(i+20, len(content))])
		}
	}
}

func FuzzConsole(f *testing.F) {
	f.Add([]byte{1, 7, 10, 4, 31, 0, 4, 0, 0, 0, 255, 255, 4, 3, 1, 0, 0, 0, 1, 9, 3})
	f.Add(slices.Repeat([]byte{1, 3, 9, 5, 30, 7, 6, 41, 2, 4, 7, 1}, 5))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer alloctest.Bound(t, len(data))()
		if len(data) > 300 {
			data = data[:300]
		}
		play(t, data)
	})
}

// TestRandomHandsBreakNothing is the fuzz target's everyday form: the same runs every time.
func TestRandomHandsBreakNothing(t *testing.T) {
	for seed := range uint64(60) {
		data := make([]byte, 240)
		x := seed*0x9e3779b97f4a7c15 + 1
		for i := range data {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			data[i] = byte(x >> 24)
		}
		play(t, data)
	}
}

func TestEverySizeCanBeDrawn(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	for _, keys := range [][]string{nil, {"2"}, {"enter"}, {"4"}, {"b"}, {"enter"}, {"enter"}, {"?"}, {"esc", ":", "p"},
		{"esc", "5"}, {"enter"}, {"enter"}, {"all", "enter"}, {"H"}} {
		d.keys(keys...)
		for _, w := range []int{0, 1, 2, 20, 59, 60, 61, 80, 119, 120, 121, 159, 160, 200, 300} {
			for _, h := range []int{0, 1, 2, 5, 11, 12, 13, 24, 40, 100} {
				d.send(tea.WindowSizeMsg{Width: w, Height: h})
				checkScreen(t, d)
			}
		}
	}
}
