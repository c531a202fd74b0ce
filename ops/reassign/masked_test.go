package reassign

import (
	"os"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/plan"
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

func TestARunAndItsCancelHideTheSecretsOfTheirOwnSession(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		written := func(e *Executor, secret string) {
			t.Helper()
			text, err := os.ReadFile(e.record.path())
			w.must(err)
			if strings.Contains(string(text), secret) || !strings.Contains(string(text), "(hidden)") {
				t.Errorf("%q isn't hidden in %s", secret, text)
			}
		}
		const abandoned, cancelled = "are left as they are", "it had left in flight" // parts of why the run ends
		w.login(abandoned)
		_, e := w.steer(w.options(w.plan("drain 2")), "submitted", 6, func(e *Executor) { e.AbandonBy("bob") })
		written(e, abandoned)
		w.login(cancelled)
		_, err := w.cancel()
		w.must(err)
		written(e, cancelled)
	})
}

// login opens the session anew, with a password.
func (w *simulation) login(password string) {
	w.Helper()
	w.session.Close()
	s, err := kafka.Open(&config.Cluster{Bootstrap: w.sim.Bootstrap(), Security: config.Plaintext, SASL: config.SASL{Password: config.NewSecret(password)}},
		kafka.Options{Dial: w.network.Dial})
	w.must(err)
	w.session = s
}

func TestTheSocketOfARunHidesTheSecretsOfItsRecord(t *testing.T) {
	mask := config.NewMask("qJ7sWx93PvTz")
	e := &Executor{o: Options{Listen: true, StateDir: t.TempDir(), Plan: &plan.Plan{Header: &plan.Header{ClusterID: served}}}, record: &record{mask: mask}}
	if e.listen(); e.server == nil {
		t.Fatal("nobody can see the run")
	}
	defer e.server.Close()
	if e.server.mask != mask {
		t.Error("it hides other secrets")
	}
}
