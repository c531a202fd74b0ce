package reassign

import (
	"os"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/state"
)

// What nodes say of a run may repeat a secret of the session. The leak test of the command line sees what is written of it last.
func TestEachFileAndLineOfARunHidesSecretsByItself(t *testing.T) {
	const secret = "qJ7sWx93PvTz"
	mask, dir := config.NewMask(secret), t.TempDir()
	began, err := newRecord(dir, served, time.Unix(1e9, 0), []string{"drain 7"})
	if err != nil {
		t.Fatal(err)
	}
	began.mask = mask
	written := func(t *testing.T) string {
		t.Helper()
		text, err := os.ReadFile(began.path())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	s := &Server{mask: mask, clients: map[*client]bool{}}
	told := &client{lines: make(chan []byte, 1), follows: true}
	s.clients[told] = true
	for name, text := range map[string]func(t *testing.T) string{
		"the record": func(t *testing.T) string {
			if err := began.write(state.Run{ID: began.ID, State: state.RunRunning, Why: "the broker says " + secret}, Pilot{}); err != nil {
				t.Fatal(err)
			}
			return written(t)
		},
		"the record of a run that another command ends": func(t *testing.T) string {
			if err := began.write(state.Run{ID: began.ID, State: state.RunRunning}, Pilot{}); err != nil {
				t.Fatal(err)
			}
			closeOrphan(dir, served, End{Why: []string{"the broker says " + secret}}, mask)
			if text := written(t); !strings.Contains(text, "the broker says") {
				t.Errorf("it wasn't ended: %s", text)
			}
			return written(t)
		},
		"an event on the socket": func(*testing.T) string {
			s.tell([]byte("the broker says " + secret))
			return string(<-told.lines)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if text := text(t); text == "" || strings.Contains(text, secret) {
				t.Errorf("%q", text)
			}
		})
	}
}

func TestAnAnswerOnTheSocketHidesSecrets(t *testing.T) {
	const secret = "s3cr3t-word" // that serving masks
	dir := t.TempDir()
	run, _ := serving(t, dir)
	run.mu.Lock()
	run.run.Why = "the broker says " + secret
	run.mu.Unlock()
	answer, err := dialed(t, dir).Do(Request{Do: "status"})
	if err != nil || !strings.Contains(answer.Why, "the broker says") || strings.Contains(answer.Why, secret) {
		t.Errorf("%+v, %v", answer, err)
	}
}
