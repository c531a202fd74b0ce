package health

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// A culprit is the tenant that takes most of the time of a broker's threads.
type culprit struct {
	words  string // "tenant reporting", "user alice with client id batch"
	filter string // its rows among the tenants
	next   string
	share  float64 // of the busy time, 0..1
	uses   string
}

// culpritOn returns the tenant that takes more than [CulpritShare] of a broker's busy thread time; nil where none does. measured tells whether the broker
// counts thread time at all: it does once anybody has a request quota (KIP-124).
func (j *judge) culpritOn(m *state.BrokerMetrics) (c *culprit, measured bool) {
	sums, of := map[string]float64{}, map[string]tenant.Usage{}
	all := m.ExemptRequestTime.Or(0)
	for _, u := range m.Usage {
		if u.Type != tenant.RequestPercentage || !(u.Rate >= 0) {
			continue
		}
		key := j.State.TenantRules.Of(u.User, u.ClientID)
		if key == "" {
			key = "\x00" + u.User + "\x00" + u.ClientID
		}
		sums[key] += u.Rate
		of[key] = u
		all += u.Rate
	}
	if all <= 0 {
		return nil, false
	}
	if t := j.State.Threads[m.ID]; t.Known && m.HandlerIdle.Known && m.NetworkIdle.Known { // what the idle shares show, where that is more
		all = max(all, 100*(float64(t.IO)*(1-m.HandlerIdle.Value)+float64(t.Network)*(1-m.NetworkIdle.Value)))
	}
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		if sums[key] <= CulpritShare*all {
			continue
		}
		u := of[key]
		c := &culprit{share: sums[key] / all, uses: fmt.Sprintf("%s of %s of one thread's time that requests take on broker %d", format.Percent(sums[key]), format.Percent(all), m.ID)}
		if named := j.State.TenantRules.Of(u.User, u.ClientID); named != "" {
			c.words, c.filter, c.next = "tenant "+name(named), "tenant:"+format.FilterValue(named), fmt.Sprintf("kdeck tenants --broker %d", m.ID)
			return c, true
		}
		c.words = client(tenant.Total{User: u.User, ClientID: u.ClientID})
		for _, part := range []struct{ key, value string }{{"user", u.User}, {"client_id", u.ClientID}} {
			if part.value != "" {
				c.filter += " " + part.key + ":/^" + format.Pattern(part.value) + "$/"
			}
		}
		c.filter, c.next = c.filter[1:], fmt.Sprintf("kdeck tenants --broker %d", m.ID)
		if !u.Approximate { // else it isn't its name
			c.next = "kdeck quota explain" + flag("--user", u.User) + flag("--client", u.ClientID)
		}
		return c, true
	}
	return nil, true
}

// blame says whose fault it is that threads are short of time, as the broker that is worst shows it.
func (j *judge) blame(f *state.Finding, code string, worst *state.BrokerMetrics) {
	c, measured := j.culpritOn(worst)
	switch {
	case code == HotNetworkThread: // the other threads have time: whose connections it serves isn't told
		if c != nil {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s takes %s of the busy time of all threads of broker %d", c.words, format.Share(c.share), worst.ID))
		}
	case !measured:
		f.Fault = ""
		f.Evidence = append(f.Evidence, "whose requests they are isn't known: the brokers don't count thread time by client, or it isn't exported")
	case c == nil:
		f.Fault = "kafka"
		f.Evidence = append(f.Evidence, fmt.Sprintf("no client takes more than half of the busy time of broker %d: all of them together are too much for it", worst.ID))
	default:
		f.Fault = "tenant"
		f.Sentence = fmt.Sprintf("%s takes %s of the busy thread time of broker %d: %s", capital(c.words), format.Share(c.share), worst.ID, strings.ToLower(f.Sentence[:1])+f.Sentence[1:])
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s: %s", c.words, c.uses))
		f.Next, f.Pane, f.Filter = c.next, "tenants", c.filter
	}
}
