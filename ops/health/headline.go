package health

import (
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Headline is what is said with the verdict's word, "" where nothing is: who is at fault, what the verdict doesn't say of those who read and write, and after
// a healthy one what is wrong that only informs, and what was not looked at: " as far as the protocol tells, one group stopped; threads, quotas and connections not looked at: no metrics".
func Headline(s *state.State) string {
	if s.Verdict != state.VerdictHealthy {
		return atFault(s.Findings) + ClientsHeadline(s.Findings)
	}
	said := ""
	list := NotLookedAt(s)
	if slices.Contains(list, Unlooked{What: "threads", Why: noMetrics}) {
		said = " as far as the protocol tells"
	}
	for _, wrong := range slices.Concat(clientsWrong(s.Findings), brokersWrong(s.Findings)) {
		said += ", " + wrong
	}
	list = slices.DeleteFunc(list, func(u Unlooked) bool { return u.Why == notAllRead }) // said with the clients
	if words := UnlookedWords(list); words != "" {
		said += "; " + words
	}
	return said
}

// ShortHeadlines is what is said with a healthy verdict where there is no room for the whole headline, the longest first: ", one group stopped, one transaction
// hangs, no metrics", then only the first of what is wrong: ", one group stopped and more, no metrics", at last ", no metrics" alone. Of other verdicts nothing is said.
func ShortHeadlines(s *state.State) []string {
	if s.Verdict != state.VerdictHealthy {
		return []string{""}
	}
	unseen := ""
	switch list := NotLookedAt(s); {
	case len(list) == 0:
	case slices.Contains(list, Unlooked{What: "threads", Why: noMetrics}):
		unseen = ", " + noMetrics
	default:
		unseen = ", not all seen"
	}
	var short []string
	wrong := slices.Concat(clientsWrong(s.Findings), brokersWrong(s.Findings))
	if len(wrong) > 0 {
		short = append(short, ", "+strings.Join(wrong, ", ")+unseen)
	}
	if len(wrong) > 1 {
		short = append(short, ", "+wrong[0]+" and more"+unseen, ", "+wrong[0]+unseen)
	}
	return append(short, unseen)
}

// faults are how those are called who may be at fault.
var faults = []struct{ fault, words string }{{"kafka", "Kafka"}, {"disk", "a disk"}, {"network", "the network"}, {"tenant", "a tenant"}, {"client", "a client"}}

// atFault says who is at fault by the worst findings, ": Kafka is at fault"; "" where that isn't told.
func atFault(findings []state.Finding) string {
	var names []string
	for _, of := range faults {
		if slices.ContainsFunc(findings, func(f state.Finding) bool { return f.Fault == of.fault && f.Severity == findings[0].Severity }) {
			names = append(names, of.words)
		}
	}
	if len(names) == 0 || findings[0].Severity.Rank() > state.SeverityWarning.Rank() {
		return ""
	}
	return ": " + listed(names) + " " + verb(len(names), "is", "are") + " at fault"
}

// ClientsHeadline sums up the findings on those who read and write: ", one group stopped".
func ClientsHeadline(findings []state.Finding) string {
	parts := clientsWrong(findings)
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// clientsWrong sums up the findings on those who read and write, the worst first: "one group stopped".
func clientsWrong(findings []state.Finding) []string {
	n := map[string]int{}
	for i := range findings {
		code := findings[i].Code
		if code == NotRead && findings[i].Pane == "groups" {
			code = unreadGroups
		}
		n[code]++
	}
	var parts []string
	for _, c := range []struct{ code, thing, one, more string }{
		{HangingTransaction, "transaction", "hangs", "hang"},
		{OverdueTransaction, "transaction", "overdue", "overdue"},
		{StalledTransaction, "transaction", "stands still", "stand still"},
		{GroupUncoordinated, "", "groups can't commit", ""},
		{ColdReader, "group", "reads from disks", "read from disks"},
		{GroupsOnBroker, "", "groups lag on a broker", ""},
		{GroupStuck, "group", "stopped", "stopped"},
		{GroupUnsettled, "group", "doesn't settle", "don't settle"},
		{GroupBehind, "group", "falls behind", "fall behind"},
		{unreadGroups, "", "groups not all read", ""},
	} {
		switch k := n[c.code]; {
		case k == 0:
		case c.thing == "":
			parts = append(parts, c.one)
		case k == 1:
			parts = append(parts, "one "+c.thing+" "+c.one)
		default:
			parts = append(parts, format.Count(k, c.thing)+" "+c.more)
		}
	}
	return parts
}

// brokersWrong sums up the findings on brokers and quotas that only inform: "threads are busy".
func brokersWrong(findings []state.Finding) (parts []string) {
	for _, of := range []struct {
		words string
		codes []string
	}{
		{"threads are busy", []string{RequestHandlersBusy, NetworkThreadsBusy, HotNetworkThread}},
		{"partitions at min ISR", []string{AtMinISR}},
		{"clients are throttled", []string{ClientsThrottled}},
		{"answers arrive late", []string{SlowPath}},
		{"disks are filling up", []string{DiskNearlyFull}},
		{"certificates end soon", []string{CertificateEnding}},
		{"clients connect all the time", []string{ConnectionStorm}},
		{"logins fail", []string{FailedLogins}},
		{"partitions are not compacted", []string{CleanerStopped}},
		{"replicas catch up under a throttle", []string{CatchUpThrottled}},
		{"load is uneven", []string{UnevenLoad}},
	} {
		if slices.ContainsFunc(findings, func(f state.Finding) bool {
			return f.Severity == state.SeverityInfo && slices.Contains(of.codes, f.Code)
		}) {
			parts = append(parts, of.words)
		}
	}
	return parts
}

// unsaid are the codes of findings that only inform, and of which a headline says nothing: nothing is wrong, or nothing may be (see groupsLeft), or it is said with
// what was not looked at.
var unsaid = []string{Well, Moving, LeftoverThrottle, GroupsLeft, Unlisted, NotRead, BrokerNotAnswering}

// unreadGroups stands in a headline for findings that groups were not read.
const unreadGroups = "groups not read"
