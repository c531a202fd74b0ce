package health

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// throttled says which clients are held back by a quota: that is what the quota is for, and nobody's fault but theirs.
func (j *judge) throttled() {
	var usages []tenant.Usage
	for _, id := range slices.Sorted(maps.Keys(j.State.Metrics)) {
		if r := j.State.Metrics[id]; r.Known {
			for _, u := range r.Value.Usage {
				if u.ThrottleMS > 0 {
					usages = append(usages, u)
				}
			}
		}
	}
	if len(usages) == 0 {
		return
	}
	custom := false
	for _, t := range j.State.Threads {
		custom = custom || t.Callback != ""
	}
	rows := tenant.Join(j.State.Quotas.Or(tenant.New(nil)), usages, custom, j.State.TenantRules)
	totals := tenant.Totals(rows, len(j.s.Brokers))
	first := totals[0]
	f := state.Finding{
		Code: ClientsThrottled, Severity: state.SeverityInfo, Scope: client(first), Fault: "client",
		Sentence: fmt.Sprintf("%s is held back by its quota, as it is meant to be: %s", capital(client(first)), heldBack(first)),
		Next:     "kdeck tenants", Pane: "tenants", Filter: "is:throttled",
	}
	if n := len(totals); n > 1 {
		f.Scope = format.Count(n, "quota bucket")
		f.Sentence = fmt.Sprintf("%s are held back by their quotas, as is meant to be; most of all %s", format.Count(n, "quota bucket"), client(first))
	}
	var lines []string
	if len(totals) == 1 {
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("broker %d holds it back for %.0f ms on the mean of the last minute", r.Broker, r.ThrottleMS))
		}
	} else {
		for _, t := range totals {
			lines = append(lines, client(t)+": "+heldBack(t))
		}
	}
	const most = 6
	f.Evidence = lines[:min(most, len(lines))]
	if rest := len(lines) - most; rest > 0 {
		f.Evidence = append(f.Evidence, "and "+format.Count(rest, "other"))
	}
	if first.Limited {
		f.Next = "kdeck quota explain" + flag("--user", first.User) + flag("--client", first.ClientID)
	}
	j.find(state.VerdictHealthy, f)
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

// heldBack says where a bucket is held back, and by which limit.
func heldBack(t tenant.Total) string {
	s := fmt.Sprintf("%s, by %s, most on broker %d", t.Type, format.Count(t.Throttling, "broker"), t.Worst.Broker)
	if !t.Limited {
		return s + "; its limit is not known"
	}
	if p, known := t.Worst.Percent(); known && !math.IsInf(p, 0) {
		s += fmt.Sprintf(", at %s of", format.Percent(p))
	} else {
		s += ", with"
	}
	return s + fmt.Sprintf(" the limit of %s for %s", tenant.Number(t.Limit), name(t.Entity.String()))
}
