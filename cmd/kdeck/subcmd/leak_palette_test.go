package subcmd

import (
	"testing"
	"time"
)

// The screen hides what a line of the palette wrote once more, so it is looked at before.
func TestALineOfThePaletteWritesNoSecretOfTheConsolesSession(t *testing.T) {
	l := newLeakTest(t)
	l.files()
	flags := []string{"--context", "whole"}
	l.peer.told = l.known(flags)
	env := l.env
	env.sessions = new(sessions)
	g := &globals{context: "whole", timeout: 20 * time.Second}
	src, err := env.open(g)
	if err != nil {
		t.Fatal(err)
	}
	defer env.sessions.close()
	p := &palette{env: &env, g: g, session: src.session}
	out, exit := p.Prepare(t.Context(), []string{"brokers", "-o", "json"}).Run(t.Context(), "")
	if exit == exitRefused || len(out) == 0 {
		t.Errorf("exit %d: %s", exit, out)
	}
	for _, what := range leaks(out) {
		t.Errorf("it writes %s", what)
	}
}
