package health

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// listenerLoad is what happens at one listener, on the brokers where it is beyond a threshold. Rates are per second.
type listenerLoad struct {
	name            string
	brokers         []int32
	opened, refused float64 // on all of them: connections, and logins that failed
	all             float64 // connections that are opened where logins fail
	most            float64 // on the broker with the most
	worst           *state.BrokerMetrics
	blocked         float64 // the most of the shares of time in which an acceptor waited
}

func (l *listenerLoad) add(m *state.BrokerMetrics, rate float64, of *state.Listener) {
	l.name = of.Name
	l.brokers = append(l.brokers, m.ID)
	l.all += of.Opened.Or(0)
	l.blocked = max(l.blocked, of.Blocked.Or(0))
	if l.worst == nil || rate > l.most {
		l.most, l.worst = rate, m
	}
}

// connections judges how many connections clients open, and how many logins fail. It needs metrics of the listeners; where they are missing nothing is
// said of either.
func (j *judge) connections() {
	storms, refusals := map[string]*listenerLoad{}, map[string]*listenerLoad{}
	of := func(by map[string]*listenerLoad, name string) *listenerLoad {
		if by[name] == nil {
			by[name] = &listenerLoad{}
		}
		return by[name]
	}
	for i := range j.s.Brokers {
		m, fresh := Fresh(j.State, j.s.Brokers[i].ID)
		if !fresh {
			continue
		}
		for k := range m.Listeners {
			l := &m.Listeners[k]
			if opened := l.Opened; opened.Known && opened.Value >= StormRate {
				s := of(storms, l.Name)
				s.add(m, opened.Value, l)
				s.opened += opened.Value
			}
			if failed := l.FailedLogins; failed.Known && failed.Value >= FailedLoginRate {
				r := of(refusals, l.Name)
				r.add(m, failed.Value, l)
				r.refused += failed.Value
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(storms)) {
		j.storm(storms[name])
	}
	for _, name := range slices.Sorted(maps.Keys(refusals)) {
		j.refusedLogins(refusals[name])
	}
}

// at names a listener and its brokers.
func (l *listenerLoad) at() string {
	if l.name == "" {
		return brokers(l.brokers)
	}
	return fmt.Sprintf("listener %s of %s", name(l.name), brokers(l.brokers))
}

// storm says that clients open connections all the time. It does harm where acceptors wait for network threads, or those have little time left.
func (j *judge) storm(l *listenerLoad) {
	f := state.Finding{
		Code: ConnectionStorm, Severity: state.SeverityInfo, Subject: state.Subject{Name: l.name}, Scope: brokers(l.brokers), Fault: "client",
		Sentence: fmt.Sprintf("Clients open %s connections a second at %s, instead of keeping those that they have", format.Short(l.opened), l.at()),
		Next:     "kdeck brokers", Pane: "brokers", Filter: brokerFilter(l.brokers),
	}
	f.Evidence = append(f.Evidence, fmt.Sprintf("most on broker %d, %s a second, as %s shows it", l.worst.ID, format.Short(l.most), line(l.worst.From)))
	if idle := l.worst.NetworkIdle; l.blocked >= BlockedShare || idle.Known && idle.Value < IdleLow {
		f.Severity = state.SeverityWarning
		f.Sentence += ": others wait to be connected"
	}
	if l.blocked > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("its acceptor waited for a network thread %s of the time", format.Share(l.blocked)))
	}
	f.Evidence = append(f.Evidence, whoConnects(l.worst)...)
	f.Evidence = append(f.Evidence, "connection_creation_rate bounds them for an IP address (KIP-612), max.connection.creation.rate for a listener")
	j.find(f)
}

// refusedLogins says that logins fail, TLS handshakes among them. That is mostly a client's doing; where as many fail as connections are opened, nobody gets
// in, as with a certificate or a password that was replaced.
func (j *judge) refusedLogins(l *listenerLoad) {
	f := state.Finding{
		Code: FailedLogins, Severity: state.SeverityInfo, Subject: state.Subject{Name: l.name}, Scope: brokers(l.brokers), Fault: "client",
		Sentence: fmt.Sprintf("%s logins a second fail at %s", format.Short(l.refused), l.at()),
		Next:     "kdeck brokers", Pane: "brokers", Filter: brokerFilter(l.brokers),
	}
	f.Evidence = append(f.Evidence, fmt.Sprintf("most on broker %d, %s a second, as %s shows it; TLS handshakes that fail are among them", l.worst.ID, format.Short(l.most), line(l.worst.From)))
	if l.all > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s connections a second are opened there", format.Short(l.all)))
	}
	if l.all > 0 && l.refused >= NearlyAllRefused*l.all {
		f.Evidence = append(f.Evidence, "hardly anybody who connects anew gets in: a certificate or passwords may have been replaced")
	}
	f.Evidence = append(f.Evidence, whoConnects(l.worst)...)
	f.Evidence = append(f.Evidence, "who it is stands in the broker's log: Failed authentication with /ADDRESS")
	j.find(f)
}

// whoConnects names addresses and client libraries, where Kafka counts them and the exporter shows them.
func whoConnects(m *state.BrokerMetrics) []string {
	var lines []string
	if len(m.Addresses) > 0 {
		var parts []string
		for _, a := range m.Addresses[:min(examples, len(m.Addresses))] {
			parts = append(parts, fmt.Sprintf("%s (%s a second)", name(a.IP), format.Short(a.Rate)))
		}
		lines = append(lines, fmt.Sprintf("addresses that connect to broker %d most: %s", m.ID, strings.Join(parts, ", ")))
	}
	if len(m.Software) > 0 {
		software := slices.SortedStableFunc(slices.Values(m.Software), func(a, b state.Software) int { return cmp.Compare(b.Connections, a.Connections) })
		var parts []string
		for _, s := range software[:min(examples, len(software))] {
			parts = append(parts, fmt.Sprintf("%s %s (%s)", name(s.Name), name(s.Version), format.Thousands(s.Connections)))
		}
		lines = append(lines, fmt.Sprintf("client libraries connected to broker %d: %s", m.ID, strings.Join(parts, ", ")))
	}
	if len(lines) == 0 {
		lines = append(lines, "addresses and client libraries aren't exported")
	}
	return lines
}
