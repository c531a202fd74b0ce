package health

import (
	"fmt"
	"math"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// throttled says which clients are throttled by a quota. That is what the quota is for: nobody is at fault but the client.
func (j *judge) throttled() {
	usages := slices.DeleteFunc(j.State.Usages(), func(u tenant.Usage) bool { return !(u.ThrottleMS > 0) })
	if len(usages) == 0 {
		return
	}
	rows := tenant.Join(j.State.Quotas.Or(tenant.New(nil)), usages, j.State.LimitsUnknown(), j.State.TenantRules)
	totals := tenant.Totals(rows, j.State.BrokersMeasured())
	first := totals[0]
	f := state.Finding{
		Code: ClientsThrottled, Severity: state.SeverityInfo, Scope: client(first), Fault: "client",
		Sentence: fmt.Sprintf("%s is throttled by its quota, as intended: %s", capital(client(first)), whereThrottled(first)),
		Next:     "kdeck tenants", Pane: "tenants", Filter: "is:throttled",
	}
	clients := map[string]bool{}
	for _, t := range totals {
		clients[client(t)] = true
	}
	if n := len(clients); n > 1 {
		f.Scope = format.Count(n, "client")
		f.Sentence = fmt.Sprintf("%s are throttled by their quotas, as intended; most of all %s", format.Count(n, "client"), client(first))
	}
	var lines []string
	if len(totals) == 1 {
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("broker %d throttles it for %s on average over the last minute", r.Broker, format.WholeMillis(r.ThrottleMS)))
		}
	} else {
		for _, t := range totals {
			lines = append(lines, client(t)+": "+whereThrottled(t))
		}
	}
	const most = 6
	f.Evidence = lines[:min(most, len(lines))]
	if rest := len(lines) - most; rest > 0 {
		f.Evidence = append(f.Evidence, "and "+format.Count(rest, "other"))
	}
	if first.Level > 0 && !first.Worst.Approximate { // else it isn't its name
		f.Next = "kdeck quota explain" + flag("--user", first.User) + flag("--client", first.ClientID)
	}
	j.find(f)
}

func flag(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + " " + shell(value)
}

// client names a bucket.
func client(t tenant.Total) string {
	switch {
	case t.User != "" && t.ClientID != "":
		return "user " + name(t.User) + " with client id " + name(t.ClientID)
	case t.User != "":
		return "user " + name(t.User)
	}
	return "client id " + name(t.ClientID)
}

// whereThrottled says where a bucket is throttled, and by which limit.
func whereThrottled(t tenant.Total) string {
	s := fmt.Sprintf("%s, by %s, most on broker %d", t.Type, format.Count(t.Throttling, "broker"), t.Worst.Broker)
	if t.Level <= 0 {
		return s + "; its limit is not known"
	}
	if p, known := t.Worst.Percent(); known && !math.IsInf(p, 0) {
		s += fmt.Sprintf(", at %s of", format.Percent(p))
	} else {
		s += ", with"
	}
	return s + fmt.Sprintf(" the limit of %s for %s", t.Type.Amount(t.Limit), name(t.Entity.String()))
}
