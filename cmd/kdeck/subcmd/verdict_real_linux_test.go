package subcmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
)

// One fault after the other is put into a real cluster, and `kdeck status` must name it: by its verdict, its finding, who is at fault and what to do next,
// where kdeck is told of the brokers' exporters and where it isn't. Then the fault is taken back, and the verdict must be healthy again. KDECK_SOAK runs it;
// KDECK_FAULTS names faults, and KDECK_VERSIONS versions of Kafka, with commas between them.
func TestTheVerdictNamesFaultsOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	if soaking() == 0 {
		t.Skip("it takes half an hour a version: make soak runs it")
	}
	var rows []string
	for _, version := range kafkatest.Versions() {
		if !among("KDECK_VERSIONS", version) {
			continue
		}
		t.Run(version, func(t *testing.T) {
			var c *faultyCluster
			for range soaking() {
				for _, f := range verdictFaults {
					if !among("KDECK_FAULTS", f.name) {
						continue
					}
					if c == nil {
						c = newFaultyCluster(t, version)
					}
					r := &verdictRound{verdictFault: f, faultyCluster: c}
					if !t.Run(f.name, r.run) && !r.healed {
						must(t, c.Close()) // it isn't as the next ones expect
						c = nil
					}
					rows = append(rows, r.rows...)
				}
			}
		})
	}
	t.Log("the table:\n" + strings.Join(rows, "\n"))
}

// among tells whether a variable of the environment names something, or is empty.
func among(variable, name string) bool {
	list := os.Getenv(variable)
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// verdictFault is one thing that goes wrong, or doesn't.
type verdictFault struct {
	name   string
	inject func(*verdictRound)
	heal   func(*verdictRound) // nil: there is nothing to be taken back
	secure bool                // statuses come over SASL_SSL
	within time.Duration       // a status that is begun so long after the fault names it; 0: namedWithin
	says   said
	blind  *said // what it says without metrics; nil: the same

	// quiet is for how long every status must be right, which says that nothing is wrong; 0: statuses name the fault.
	quiet time.Duration
}

// namedWithin is how long after a fault a status names it.
const namedWithin = 15 * time.Second

// said is what a right status says.
type said struct {
	verdict string // "" where no cluster could be looked at: exit 2
	code    string // of the finding; "" where nothing must be found but what informs
	words   string // a regular expression: the finding's sentence or evidence names the guilty so, or the error does
	fault   string // who is at fault: "kafka", "tenant", …; "": whoever is said to be
	next    string // a regular expression
	unseen  string // what must be listed as not looked at; "" where that isn't asked
}

// statusSaid is what scripts read of `kdeck status -o json`.
type statusSaid struct {
	Verdict     string
	NotLookedAt []string `json:"not_looked_at"`
	Findings    []struct {
		Code, Severity, Scope, Sentence, Next, Fault string
		Evidence                                     []string
	}

	code int
	err  string
}

func (d *deck) statusSaid() (s statusSaid) {
	d.t.Helper()
	r := d.run("status", "-o", "json")
	if r.code != 2 {
		if err := json.Unmarshal([]byte(r.out), &s); err != nil {
			d.t.Fatalf("exit %d: %v in %s%s", r.code, err, r.out, r.err)
		}
	}
	s.code, s.err = r.code, r.err
	return s
}

func (s *statusSaid) String() string {
	if s.code == 2 {
		return "exit 2: " + strings.TrimSpace(s.err)
	}
	var b strings.Builder
	b.WriteString(s.Verdict)
	if len(s.NotLookedAt) > 0 {
		fmt.Fprintf(&b, ", not looked at: %s", strings.Join(s.NotLookedAt, ", "))
	}
	for _, f := range s.Findings {
		fmt.Fprintf(&b, "; %s %s (%s): %s [next: %s]", f.Severity, f.Code, f.Fault, f.Sentence, f.Next)
	}
	return b.String()
}

// alarms are the findings that make another verdict than healthy.
func (s *statusSaid) alarms() (codes []string) {
	for _, f := range s.Findings {
		if f.Severity == "critical" || f.Severity == "warning" {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// is says what of a status isn't as it should be; "" where all is right.
func (s *statusSaid) is(want said) string {
	switch {
	case want.verdict == "" && s.code != 2:
		return "it looked"
	case want.verdict == "":
		if !regexp.MustCompile(want.words).MatchString(s.err) {
			return "the error doesn't say " + want.words
		}
		return ""
	case s.code == 2:
		return "it could not look"
	case !slices.Contains(strings.Split(want.verdict, "|"), s.Verdict):
		return "the verdict is " + s.Verdict
	case (s.code == 0) != (s.Verdict == "healthy"):
		return fmt.Sprintf("exit %d", s.code)
	case s.Verdict == "healthy" && len(s.alarms()) > 0:
		return "healthy beside " + strings.Join(s.alarms(), ", ")
	case want.unseen != "" && !slices.Contains(s.NotLookedAt, want.unseen):
		return want.unseen + " is not among what was not looked at"
	case want.code == "":
		return ""
	}
	why := "no " + want.code
	for _, f := range s.Findings {
		switch {
		case !slices.Contains(strings.Split(want.code, "|"), f.Code):
		case !regexp.MustCompile(want.words).MatchString(f.Sentence + "\n" + strings.Join(f.Evidence, "\n")):
			why = f.Code + " doesn't say " + want.words
		case want.fault != "" && f.Fault != want.fault:
			why = fmt.Sprintf("%s is the fault of %q", f.Code, f.Fault)
		case !regexp.MustCompile(want.next).MatchString(f.Next):
			why = fmt.Sprintf("next of %s is %q", f.Code, f.Next)
		default:
			return ""
		}
	}
	return why
}

// faultyCluster is a real cluster under a light load, into which one fault after the other is put.
type faultyCluster struct {
	*kafkatest.Cluster
	parent        *testing.T // for as long as the cluster lives
	seeing, blind *deck      // told of the brokers' exporters, and not
	load          *kafkatest.Load
}

// brokers 1 to 4 with controllers of their own, so that brokers and controllers can be broken apart.
func newFaultyCluster(t *testing.T, version string) *faultyCluster {
	t.Helper()
	c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 4, Controllers: 3, SASL: true, JMXExporter: true,
		Properties: map[string]string{
			"transaction.partition.verification.enable": "false", // as before Kafka 3.6, which lets a zombie write
			"log.retention.check.interval.ms":           "10000", "log.segment.delete.delay.ms": "1000",
		}})
	must(t, c.CreateTopics(t.Context(),
		kafkatest.Topic{Name: "orders", Partitions: 8, Replicas: 3, Configs: map[string]string{"min.insync.replicas": "2", "retention.bytes": "33554432"}},
		kafkatest.Topic{Name: "pair", Assignment: [][]int32{{1, 2}, {2, 1}, {3, 4}, {4, 3}}},
		kafkatest.Topic{Name: "t", Assignment: [][]int32{{1, 3, 4}}, Configs: map[string]string{"retention.bytes": "33554432"}}))
	f := &faultyCluster{Cluster: c, parent: t, seeing: onMetrics(t, c), blind: newDeck(t, "-b", c.Bootstrap())}
	f.startLoad()
	return f
}

// startLoad writes a little to every partition of orders, and has a group read it.
func (c *faultyCluster) startLoad() {
	t := c.parent
	t.Helper()
	load, err := kafkatest.RunLoad(t.Context(), kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"orders"}, Rate: 200, Bytes: 500, Group: "billing"})
	must(t, err)
	c.load = load
}

// verdictRound is one fault, from a healthy cluster to a healthy cluster.
type verdictRound struct {
	verdictFault
	*faultyCluster
	t      *testing.T
	after  []func() // what else ends the fault, last first
	rows   []string
	healed bool
}

func (r *verdictRound) run(t *testing.T) {
	r.t = t
	r.healthy("before the fault")
	r.inject(r)
	began := time.Now()
	seeing, blind := r.decks()
	without := r.says
	if r.verdictFault.blind != nil {
		without = *r.verdictFault.blind
	}
	if r.quiet > 0 {
		r.allRight(began, "metrics", seeing, r.says)
		r.allRight(began, "without", blind, without)
	} else {
		r.named(began, "metrics", seeing, r.says)
		r.named(began, "without", blind, without)
	}
	r.end()
	r.healthy("after the fault")
	r.healed = true
}

// decks are those of the round, told of the brokers' exporters and not.
func (r *verdictRound) decks() (seeing, blind *deck) {
	if !r.secure {
		return r.seeing.on(r.t), r.faultyCluster.blind.on(r.t)
	}
	file, err := r.ClientProperties(kafkatest.ScramSHA512, kafkatest.Admin, kafkatest.Password(kafkatest.Admin))
	must(r.t, err)
	seeing = newDeck(r.t)
	seeing.writeConfig(strings.Replace(withExporters(r.Cluster), r.Bootstrap()+"]", r.BootstrapSASL()+"]\n    properties: "+file, 1))
	return seeing, newDeck(r.t, "--bootstrap-server", r.BootstrapSASL(), "--command-config", file)
}

// on is the deck for a subtest.
func (d *deck) on(t *testing.T) *deck {
	other := *d
	other.t = t
	return &other
}

// end takes the fault back.
func (r *verdictRound) end() {
	for _, f := range slices.Backward(r.after) {
		f()
	}
	if r.heal != nil {
		r.heal(r)
	}
}

// named asks for statuses until two in a row are right, and notes when the first of them was begun.
func (r *verdictRound) named(began time.Time, how string, d *deck, want said) {
	r.t.Helper()
	within := r.within
	if within == 0 {
		within = namedWithin
	}
	asked := time.Now()
	var first time.Duration // when the first of the right ones was begun
	var took time.Duration
	var last *statusSaid
	why, before, right, allClear := "", "", 0, 0
	for right < 2 {
		at := time.Now()
		s := d.statusSaid()
		last = &s
		if why = s.is(want); why != "" {
			right = 0
			if s.Verdict == "healthy" && !strings.Contains(want.verdict, "healthy") && at.Sub(began) >= within {
				allClear++
			}
			if at.Sub(began) > within && at.Sub(asked) > within {
				break
			}
			if said := last.String(); said != before {
				r.t.Logf("%s, %v after the fault, not right yet (%s): %v", how, at.Sub(began).Round(time.Second), why, last)
				before = said
			}
			if !every(r.t.Context(), 500*time.Millisecond) {
				r.t.Fatal(r.t.Context().Err())
			}
			continue
		}
		if right++; right == 1 {
			first, took = at.Sub(began), time.Since(at)
		}
	}
	word := "right"
	switch {
	case allClear > 0:
		word = fmt.Sprintf("WRONG, %d false all-clears, %s", allClear, why)
		r.t.Errorf("%s: %s: %v", how, word, last)
	case why != "":
		word = "WRONG, " + why
		r.t.Errorf("%s: %s: %v", how, why, last)
	case first > within && how == "metrics":
		word = "LATE"
		r.t.Errorf("%s: named by a status that was begun %v after the fault", how, first.Round(time.Second))
	}
	row := fmt.Sprintf("%s | %s | %s | begun after %.0f s, took %.1f s | %s | %v", r.Version, r.name, how, first.Seconds(), took.Seconds(), word, last)
	r.rows = append(r.rows, row)
	r.t.Log(row)
}

// allRight asks for statuses for a time, every one of which must be right.
func (r *verdictRound) allRight(began time.Time, how string, d *deck, want said) {
	r.t.Helper()
	statuses, wrong := 0, 0
	for asked := time.Now(); time.Since(asked) < r.quiet; {
		statuses++
		s := d.statusSaid()
		if why := s.is(want); why != "" {
			wrong++
			r.t.Errorf("%s, %v after it began: %s: %v", how, time.Since(began).Round(time.Second), why, &s)
		}
		if !every(r.t.Context(), time.Second) {
			r.t.Fatal(r.t.Context().Err())
		}
	}
	row := fmt.Sprintf("%s | %s | %s | %d statuses, %d WRONG", r.Version, r.name, how, statuses, wrong)
	r.rows = append(r.rows, row)
	r.t.Log(row)
}

// healthy waits for a verdict that is healthy.
func (r *verdictRound) healthy(when string) {
	r.t.Helper()
	began := time.Now()
	eventually(r.t, "healthy "+when, func() (bool, string) {
		s := r.seeing.on(r.t).statusSaid()
		return s.Verdict == "healthy" && s.code == 0, s.String()
	})
	r.t.Logf("healthy %s: %v", when, time.Since(began).Round(time.Second))
}
