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

// DoctorInput is what Doctor goes by: the input of Judge, and what only Doctor looks at.
type DoctorInput struct {
	Input
	Configs    map[int32]map[string]string // by broker; of those that told them
	LogLevels  map[int32]string            // of the request logger, by broker; of those that told it
	Unread     []state.Unknown             // why brokers told neither of those
	Held       []Overdue                   // temporary changes whose time isn't over yet
	Unobserve  string                      // the command that ends the counting of thread time that kdeck began
	Unasked    map[int32]string            // why the machine of a broker can't be asked as the context says; nil: the context doesn't say how
	JournalErr error                       // why what kdeck changed from here can't be read; nil: it was read
}

// A Check is one thing that Doctor looks at.
type Check struct {
	Name     string          // what is well where nothing was found
	Findings []state.Finding // the worst first
	Unknown  string          // why it could not be looked at everywhere; "" where it could
}

// Well tells whether everything was looked at and nothing was found.
func (c *Check) Well() bool { return len(c.Findings) == 0 && c.Unknown == "" }

// checks are what Doctor looks at. unknown says why something can't be looked at; "" where it can.
var checks = []struct {
	name    string
	look    func(*judge, *DoctorInput)
	unknown func(*judge, *DoctorInput) string
}{
	{"moves in flight", func(j *judge, _ *DoctorInput) { j.stuckMoves() }, (*judge).movesUnknown},
	{"throttles of topics", func(j *judge, _ *DoctorInput) { j.leftoverThrottles() }, (*judge).movesUnknown},
	{"throttles of brokers", func(j *judge, in *DoctorInput) { j.throttledBrokers(in.Configs) }, func(j *judge, in *DoctorInput) string {
		return cmp.Or(j.movesUnknown(in), j.configsUnknown(in))
	}},
	{"replicas between log dirs", func(j *judge, _ *DoctorInput) { j.futureReplicas() }, (*judge).logDirsUnknown},
	{"replication factors and min.insync.replicas", func(j *judge, _ *DoctorInput) { j.topicRisks() }, (*judge).minISRUnknown},
	{"configs that brokers share", func(j *judge, in *DoctorInput) { j.configsThatDiffer(in.Configs) }, (*judge).configsUnknown},
	{"metrics reporters", func(j *judge, in *DoctorInput) { j.metricsByConfig(in.Configs) }, (*judge).configsUnknown},
	{"request logs", func(j *judge, in *DoctorInput) { j.requestLogs(in.LogLevels) }, func(j *judge, in *DoctorInput) string {
		return missingOf(j, in.LogLevels, in.Unread, state.WhatLogLevels)
	}},
	{"temporary changes", (*judge).ownChanges, func(*judge, *DoctorInput) string { return "" }}, // a journal that can't be read is a finding
	{"quotas that only count", func(j *judge, in *DoctorInput) { j.observed(in) }, func(j *judge, _ *DoctorInput) string {
		if q := j.State.Quotas; !q.Known {
			return cmp.Or(q.Why, "quotas weren't read")
		}
		return ""
	}},
}

// Examine looks for what earlier work left behind, and for what is configured to fail.
func Examine(in DoctorInput) []Check {
	j := &judge{Input: in.Input, s: in.State.Snapshot, now: in.State.Now}
	j.scan = newScan(j.s)
	j.scan.run()
	list := make([]Check, len(checks))
	for i, c := range checks {
		j.findings = nil
		c.look(j, &in)
		worstFirst(j.findings)
		list[i] = Check{c.name, j.findings, c.unknown(j, &in)}
	}
	if in.Unasked != nil {
		j.findings = nil
		j.machines(in.Unasked)
		list = append(list, Check{Name: "how brokers' machines are asked", Findings: j.findings})
	}
	return list
}

// machines finds brokers whose machines can't be asked in the way that the context says, all that have the same reason together. No machine is asked for that.
func (j *judge) machines(unasked map[int32]string) {
	by := map[string][]int32{}
	for _, id := range slices.Sorted(maps.Keys(unasked)) {
		by[unasked[id]] = append(by[unasked[id]], id)
	}
	for _, why := range slices.Sorted(maps.Keys(by)) {
		ids := by[why]
		j.remark(HostUnasked, state.SeverityWarning, ofBroker(ids[0]), fmt.Sprintf("The %s of %s can't be asked what its threads wait for, as the context says under host: %s",
			verb(len(ids), "machine", "machines"), brokers(ids), line(why)), "")
	}
}

// Found are the findings of all checks, the worst first.
func Found(checks []Check) []state.Finding {
	var all []state.Finding
	for _, c := range checks {
		all = append(all, c.Findings...)
	}
	worstFirst(all)
	return all
}

func worstFirst(findings []state.Finding) {
	slices.SortStableFunc(findings, func(a, b state.Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
}

func (j *judge) movesUnknown(*DoctorInput) string {
	if j.s.Moves.Known {
		return ""
	}
	return "which moves are in flight: " + j.s.Moves.Why
}

func (j *judge) configsUnknown(in *DoctorInput) string {
	return missingOf(j, in.Configs, in.Unread, state.WhatConfigs)
}

// missingOf says of which brokers something isn't known, and why.
func missingOf[V any](j *judge, known map[int32]V, unread []state.Unknown, what string) string {
	var ids []int32
	var reasons []string
	for i := range j.s.Brokers {
		if id := j.s.Brokers[i].ID; !has(known, id) {
			ids = append(ids, id)
			reasons = append(reasons, j.reasonOf(unread, id, what))
		}
	}
	return notKnown(ids, "the "+what, reasons)
}

// reasonOf is why something of a broker wasn't read: the broker doesn't answer at all, or not this; "" where nothing says it.
func (j *judge) reasonOf(unread []state.Unknown, id int32, what string) string {
	for _, list := range [][]state.Unknown{unread, j.s.Unknown} {
		for _, u := range list {
			if u.Node == id && (u.What == what || u.What == state.WhatAnswer) {
				return u.Why
			}
		}
	}
	return ""
}

func has[V any](m map[int32]V, id int32) bool {
	_, ok := m[id]
	return ok
}

func (j *judge) logDirsUnknown(*DoctorInput) string {
	var ids []int32
	var reasons []string
	for i := range j.s.Brokers {
		if b := &j.s.Brokers[i]; !b.LogDirs.Known {
			ids = append(ids, b.ID)
			reasons = append(reasons, cmp.Or(j.reasonOf(nil, b.ID, state.WhatLogDirs), b.LogDirs.Why))
		}
	}
	return notKnown(ids, "the log dirs", reasons)
}

// notKnown says of which brokers something isn't known, and the first of the reasons, which may be "".
func notKnown(ids []int32, what string, reasons []string) string {
	if len(ids) == 0 {
		return ""
	}
	text := fmt.Sprintf("%s of %s are not known", what, brokers(ids))
	slices.Sort(reasons)
	if reasons = slices.DeleteFunc(slices.Compact(reasons), func(why string) bool { return why == "" }); len(reasons) > 0 {
		text += ": " + line(reasons[0])
	}
	if len(reasons) > 1 {
		text += fmt.Sprintf(" (and %s)", format.Count(len(reasons)-1, "other reason"))
	}
	return text
}

func (j *judge) minISRUnknown(*DoctorInput) string {
	n := 0
	for i := range j.s.NumTopics() {
		if _, known := j.s.Topic(i).MinISR(); !known {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("min.insync.replicas of %s is not known", format.Count(n, "topic"))
	if why := j.why(-1, state.WhatTopicConfigs, ""); why != "" {
		text += ": " + line(why)
	}
	return text
}

// remark adds a finding that no verdict rests on.
func (j *judge) remark(code string, severity state.Severity, subject state.Subject, sentence, next string, evidence ...string) {
	f := state.Finding{Code: code, Severity: severity, Subject: subject, Scope: "cluster", Sentence: sentence, Evidence: evidence, Next: next}
	switch subject.Kind {
	case state.OfBroker:
		f.Scope = fmt.Sprintf("broker %d", subject.ID)
	case state.OfEntity:
		f.Scope = subject.Name
	}
	j.find(f)
}

// noRate is what Kafka takes for no throttle (Long.MAX_VALUE, the default of both rates).
const noRate = "9223372036854775807"

// throttledBrokers finds rates that brokers still throttle replication to though nothing is being moved.
func (j *judge) throttledBrokers(configs map[int32]map[string]string) {
	if !j.s.Moves.Known || j.s.Moves.Value > 0 {
		return
	}
	var throttled []string
	for _, id := range slices.Sorted(maps.Keys(configs)) {
		for _, name := range []string{"leader.replication.throttled.rate", "follower.replication.throttled.rate"} {
			if rate := configs[id][name]; rate != "" && rate != noRate {
				throttled = append(throttled, fmt.Sprintf("broker %d %s=%s", id, name, rate))
			}
		}
	}
	if len(throttled) > 0 {
		j.remark(ThrottleLeft, state.SeverityWarning, state.Subject{},
			"Replication is throttled and nothing is being moved: "+firstOf(throttled), "kdeck throttles")
	}
}

// kafkaConfigs is the command line that alters configs of a broker or a topic.
func (j *judge) kafkaConfigs(kind, entity string, change ...string) string {
	words := append([]string{"kafka-configs", "--bootstrap-server", j.s.From, "--alter", "--entity-type", kind, "--entity-name", entity}, change...)
	for i := range words {
		words[i] = shell(words[i])
	}
	return strings.Join(words, " ")
}

// futureReplicas finds log dirs that replicas of the same broker are being moved into.
func (j *judge) futureReplicas() {
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		for _, d := range b.LogDirs.Value {
			if d.Future > 0 {
				j.remark(FutureReplicas, state.SeverityWarning, state.Subject{Kind: state.OfBroker, ID: b.ID, Name: d.Path},
					fmt.Sprintf("Broker %d is still moving %s into %s", b.ID, format.Count(d.Future, "replica"), name(d.Path)),
					fmt.Sprintf("kdeck request DescribeLogDirs --to %d", b.ID))
			}
		}
	}
}

// topicRisks finds topics that the next broker to go takes down.
func (j *judge) topicRisks() {
	var single, strict []string
	var singleTopics, lower string
	for i := range j.s.NumTopics() {
		t := j.s.Topic(i)
		first, n := t.Range()
		rf := 0
		for p := first; p < first+n; p++ {
			if r := len(j.s.Partition(p).AppendReplicas(nil)); rf == 0 || r < rf {
				rf = r
			}
		}
		switch minISR, known := t.MinISR(); {
		case n == 0:
		case rf == 1:
			if len(single) < mostListed {
				singleTopics += "|" + format.Pattern(t.Name())
			}
			single = append(single, name(t.Name()))
		case known && minISR > rf-1:
			if strict == nil {
				lower = j.kafkaConfigs("topics", t.Name(), "--add-config", fmt.Sprintf("min.insync.replicas=%d", rf-1))
			}
			strict = append(strict, fmt.Sprintf("%s (%d of %d)", name(t.Name()), minISR, rf))
		}
	}
	if n := len(single); n > 0 {
		j.remark(OneReplica, state.SeverityWarning, state.Subject{},
			fmt.Sprintf("%s %s replication factor 1: without its broker a partition can be neither written nor read: %s", format.Count(n, "topic"), verb(n, "has", "have"), firstOf(single)),
			"kdeck plan set-replication-factor 3 --topics "+shell(singleTopics[1:]))
	}
	if n := len(strict); n > 0 {
		j.remark(StrictMinISR, state.SeverityWarning, state.Subject{},
			fmt.Sprintf("%s %s a min.insync.replicas that leaves no broker to spare: without any one, writes with acks=all are refused: %s", format.Count(n, "topic"), verb(n, "has", "have"), firstOf(strict)),
			lower)
	}
}

// shouldAgree are static configs whose values should be the same on every broker, and are not where one was forgotten.
var shouldAgree = []string{
	"auto.create.topics.enable", "default.replication.factor", "min.insync.replicas", "num.io.threads", "num.network.threads",
	"num.replica.fetchers", "offsets.topic.replication.factor", "unclean.leader.election.enable", "message.max.bytes",
	"replica.lag.time.max.ms", "log.retention.ms", "log.segment.bytes", "inter.broker.listener.name", "metric.reporters",
	"queued.max.requests", "quota.window.num", "quota.window.size.seconds", "client.quota.callback.class", "log.cleaner.enable",
}

// ShouldAgree are static configs whose values should be the same on every broker. Not to be changed.
func ShouldAgree() []string { return shouldAgree }

func (j *judge) configsThatDiffer(configs map[int32]map[string]string) {
	for _, config := range shouldAgree {
		values := map[string][]int32{} // "" for not set
		for _, id := range slices.Sorted(maps.Keys(configs)) {
			v := configs[id][config]
			values[v] = append(values[v], id)
		}
		if len(values) < 2 {
			continue
		}
		var parts, all []string
		var rarest []int32
		for _, v := range slices.Sorted(maps.Keys(values)) {
			shown := "not set"
			if v != "" {
				shown = name(v)
			}
			parts = append(parts, shown+" on "+brokers(values[v]))
			all = append(all, fmt.Sprintf("%s on %v", shown, values[v]))
			if rarest == nil || len(values[v]) < len(rarest) {
				rarest = values[v]
			}
		}
		id := rarest[0]
		j.remark(ConfigsDiffer, state.SeverityWarning, state.Subject{Name: config},
			"Brokers differ in "+config+": "+strings.Join(parts, "; "),
			fmt.Sprintf("kdeck request DescribeConfigs 'resources[0].resourceType=4' 'resources[0].resourceName=%d' 'resources[0].configurationKeys=%s' --to %d", id, config, id), all...)
	}
}

// metricsByConfig finds configs that hide or change the metrics.
func (j *judge) metricsByConfig(configs map[int32]map[string]string) {
	for _, id := range slices.Sorted(maps.Keys(configs)) {
		c := configs[id]
		if r := c["metric.reporters"]; r != "" && !strings.Contains(r, "JmxReporter") && c["auto.include.jmx.reporter"] != "true" {
			j.remark(NoJMXReporter, state.SeverityWarning, ofBroker(id),
				fmt.Sprintf("Broker %d has metric.reporters=%s, without Kafka's JmxReporter: it shows neither quotas nor network threads over JMX", id, name(r)),
				"add org.apache.kafka.common.metrics.JmxReporter to metric.reporters")
		}
		if callback := c["client.quota.callback.class"]; callback != "" {
			j.remark(QuotaCallback, state.SeverityInfo, ofBroker(id),
				fmt.Sprintf("Broker %d decides on quotas by %s: usage is shown without percentages", id, name(callback)), "")
		}
	}
}

// RequestLogRaised tells whether a request logger at that level writes a line for every request.
func RequestLogRaised(level string) bool {
	return level == "DEBUG" || level == "TRACE" || level == "ALL"
}

func (j *judge) requestLogs(levels map[int32]string) {
	for _, id := range slices.Sorted(maps.Keys(levels)) {
		if level := levels[id]; RequestLogRaised(level) {
			j.remark(RequestLog, state.SeverityWarning, ofBroker(id), fmt.Sprintf("Broker %d logs every request: kafka.request.logger is at %s", id, level),
				fmt.Sprintf("kdeck quota observe --request-log %d --off --execute", id))
		}
	}
}

// ownChanges finds temporary changes that kdeck made from this machine.
func (j *judge) ownChanges(in *DoctorInput) {
	if in.JournalErr != nil {
		j.remark(JournalUnread, state.SeverityWarning, state.Subject{}, "What kdeck changed from here can't be read: "+line(in.JournalErr.Error()), "")
	}
	j.overdue()
	for _, h := range in.Held {
		j.remark(ChangeHeld, state.SeverityInfo, state.Subject{Kind: state.OfEntity, Name: h.What},
			fmt.Sprintf("The temporary change of %s holds until %s", line(h.What), h.Until.Format("15:04:05")), h.Undo)
	}
}

// observed finds quota records that only make brokers count.
func (j *judge) observed(in *DoctorInput) {
	if quotas := j.State.Quotas; quotas.Known {
		if by, ok := quotas.Value.Observed(); ok {
			j.remark(Observed, state.SeverityInfo, state.Subject{},
				fmt.Sprintf("Every broker counts thread time by %v, because of kdeck quota observe", by), in.Unobserve)
		}
	}
}

// mostListed is how many brokers or topics a remark names.
const mostListed = 5

// firstOf names the first few of a list, and counts the rest.
func firstOf(list []string) string {
	if len(list) <= mostListed {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:mostListed], ", ") + fmt.Sprintf(" and %s more", format.Thousands(len(list)-mostListed))
}
