package metrics

import (
	"regexp"
	"slices"
	"strings"

	"kdeck/ops/tenant"
)

// Key names one series.
type Key struct {
	Metric Metric
	Attr   Attr
	Tags   [2]string // "" where the series doesn't have the label
}

// label is one label of a line, with its value unescaped.
type label struct{ name, value string }

// form is the meaning of a name: its metric, and the labels that tell its series apart.
type form struct {
	metric Metric // 0: not wanted
	attr   Attr
	tags   [2]string // canonical names of labels
	fixed  [2]string // tags that the name itself holds
	shape  kind
	// byName: an exporter without rules keeps the bean's name in a label; stem and suffix are what surrounds it.
	byName bool
	stem   string
	suffix string
	// byResource: quotas whose kind stands in the label "resource".
	byResource map[string]Metric
	guessed    bool // the name has no attribute: it is taken for the one that known rules leave out
	approx     bool // the rules wrote tags into the name, in lower case
	sign       sign
}

// maxForms bounds what a matcher remembers, because a page may have ever new names.
const maxForms = 50000

// A matcher finds the metric of a series by its name and labels, and remembers it. It is not safe for concurrent use.
type matcher struct {
	topics bool // series of single topics are wanted too

	names map[string]form            // by metric name
	beans map[string]map[string]form // by metric name and bean name, for exporters without rules
	keys  map[string]string          // canonical label names
	last  string                     // the name looked up last: a page's lines are grouped by name
	form  form
}

func newMatcher() *matcher {
	return &matcher{names: map[string]form{}, beans: map[string]map[string]form{}, keys: map[string]string{}}
}

// stems holds every spelling of a bean's domain, type and name that exporters' rules are known to produce, squashed.
var stems, typeStems = func() (map[string]*bean, []string) {
	m := map[string]*bean{}
	var types []string
	for i := range beans {
		b := &beans[i]
		head := tenant.Squash(b.domain + b.kind)
		if !slices.Contains(types, head) {
			types = append(types, head)
		}
		for _, name := range []string{tenant.Squash(b.name), "total" + tenant.Squash(b.name)} { // Bitnami's rules mark totals
			m[head+name] = b
		}
	}
	slices.SortFunc(types, func(a, b string) int { return len(b) - len(a) })
	return m, types
}()

// totals are the beans for which Strimzi's rules and the example files replace "PerSec" by "_total".
var totals = func() map[string]*bean {
	m := map[string]*bean{}
	for i := range beans {
		if b := &beans[i]; strings.HasSuffix(b.name, "PerSec") {
			m[tenant.Squash(b.domain+b.kind+strings.TrimSuffix(b.name, "PerSec"))] = b
		}
	}
	return m
}()

// suffixes are the attributes as names end with them, the longest first.
var suffixes = func() []struct {
	text string
	attr Attr
} {
	list := []struct {
		text string
		attr Attr
	}{
		{"value", Value}, {"counttotal", Count}, {"count", Count}, {"total", Count}, {"sum", Sum}, {"mean", Mean},
		{"oneminuterate", Rate1}, {"meanrate", MeanRate},
		{"50thpercentile", P50}, {"75thpercentile", P75}, {"95thpercentile", P95}, {"98thpercentile", P98},
		{"99thpercentile", P99}, {"999thpercentile", P999},
		{"fiveminuterate", skipped}, {"fifteenminuterate", skipped}, {"min", skipped}, {"max", skipped}, {"stddev", skipped},
		{"created", skipped},
	}
	slices.SortFunc(list, func(a, b struct {
		text string
		attr Attr
	}) int {
		return len(b.text) - len(a.text)
	})
	return list
}()

var quotaName = regexp.MustCompile(`^kafka_server_(?:quota_)?(quota|produce|fetch|request|controllermutation|leaderreplication|followerreplication)_` +
	`(byte_rate|throttle_time|request_time|mutation_rate|tokens|exempt_request_time)(?:_ms)?$`)

// quotaLabels are other names that rules give to the labels of a client's series, squashed.
var quotaLabels = map[string]string{"client": "clientid", "principal": "user", "type": "resource", "quotatype": "resource"}

// namesWithTags finds names into which rules wrote tags, in lower case, and extracts the tags.
var namesWithTags = []struct {
	name *regexp.Regexp
	read func(m []string) form
}{
	// The exporter's example file for KRaft: whatever isn't a bean with a name.
	{regexp.MustCompile(`^kafka_server_socket_server_metrics_listener_(.+)_networkprocessor_(\d+)_(.+)$`), func(m []string) form {
		a := socketAttrs[strings.TrimSuffix(tenant.Squash(m[3]), "total")]
		return form{metric: a.metric, attr: a.attr, fixed: [2]string{listenerName(m[1]), m[2]}, approx: true}
	}},
	// A rule for the processor alone.
	{regexp.MustCompile(`^kafka_server_socket_server_metrics_listener_(.+)_(io_wait_?ratio|io_wait_?time_ns_total|connection_count|` +
		`connection_creation_rate|connection_creation_total|failed_authentication_rate|failed_authentication_total)$`), func(m []string) form {
		a := socketAttrs[strings.TrimSuffix(tenant.Squash(m[2]), "total")]
		return form{metric: a.metric, attr: a.attr, tags: [2]string{"", "networkprocessor"}, fixed: [2]string{listenerName(m[1]), ""}, approx: true}
	}},
	{regexp.MustCompile(`^kafka_server_socket_server_metrics_clientsoftwarename_(.+)_clientsoftwareversion_(.+?)(?:_listener_.+)?_connections$`), func(m []string) form {
		// Both hold letters, digits, dots and hyphens (KIP-511).
		return form{metric: ClientSoftware, approx: true,
			fixed: [2]string{strings.ReplaceAll(m[1], "_", "-"), strings.ReplaceAll(m[2], "_", ".")}}
	}},
	{regexp.MustCompile(`^kafka_server_socket_server_metrics_ip_(\d+_\d+_\d+_\d+)_connection_accept_rate$`), func(m []string) form {
		return form{metric: IPConnections, approx: true, fixed: [2]string{strings.ReplaceAll(m[1], "_", "."), ""}}
	}},
	{regexp.MustCompile(`^kafka_server_(produce|fetch|request|controllermutation)_(?:user_(.+?)_)?(?:client_id_(.+)_)?` +
		`(byte_rate|throttle_time|request_time|mutation_rate|tokens)$`), func(m []string) form {
		return form{metric: quotaAttrs[tenant.Squash(m[4])][m[1]], tags: [2]string{"user", "clientid"}, fixed: [2]string{m[2], m[3]}, approx: true}
	}},
	// Confluent's and Bitnami's: rules for one tag that also match a bean with two.
	{regexp.MustCompile(`^kafka_network_requestmetrics_errorspersec_request_([a-z0-9]+)(?:_error_([a-z0-9_]+?))?(?:_(count|oneminuterate))?$`), func(m []string) form {
		f := form{metric: Errors, attr: Count, shape: meter, tags: [2]string{"", "error"}, fixed: [2]string{m[1], strings.ToUpper(m[2])}}
		if m[3] == "oneminuterate" {
			f.attr = Rate1
		}
		return f
	}},
	// Bitnami's: a tag without a label of its own.
	{regexp.MustCompile(`^kafka_server_delayedoperationpurgatory_purgatorysize_([a-z]+)_value$`), func(m []string) form {
		return form{metric: Purgatory, fixed: [2]string{operationName(m[1]), ""}}
	}},
	{regexp.MustCompile(`^kafka_network_requestchannel_responsequeuesize_processor_?(\d+)_value$`), func(m []string) form {
		return form{metric: ProcessorResponses, fixed: [2]string{"", m[1]}}
	}},
	{regexp.MustCompile(`^kafka_network_acceptor_acceptorblockedpercent_listener_(.+)_count$`), func(m []string) form {
		return form{metric: AcceptorBlocked, attr: Count, shape: meter, fixed: [2]string{listenerName(m[1]), ""}}
	}},
}

// listenerName is a listener's name as Kafka has it: in upper case (org.apache.kafka.common.network.ListenerName).
func listenerName(low string) string { return strings.ToUpper(low) }

// operations are the operations that have a purgatory in Kafka.
var operations = []string{"Produce", "Fetch", "DeleteRecords", "ElectLeader", "RemoteFetch", "RemoteListOffsets", "ShareFetch",
	"AlterAcls", "Heartbeat", "Rebalance", "topic"}

func operationName(low string) string {
	for _, name := range operations {
		if strings.EqualFold(name, low) {
			return name
		}
	}
	return low
}

// parseName finds the meaning of a name.
func parseName(name string) form {
	low := strings.ToLower(name)
	if m := quotaName.FindStringSubmatch(low); m != nil {
		f := form{tags: [2]string{"user", "clientid"}}
		kinds := quotaAttrs[tenant.Squash(m[2])]
		if m[1] == "quota" {
			f.byResource = kinds
			return f
		}
		f.metric = kinds[m[1]]
		return f
	}
	for _, n := range namesWithTags {
		if m := n.name.FindStringSubmatch(low); m != nil {
			return n.read(m)
		}
	}
	s := tenant.Squash(low)
	if rest, ok := strings.CutPrefix(s, "kafkaserversocketservermetrics"); ok {
		a := socketAttrs[strings.TrimSuffix(strings.TrimSuffix(rest, "software"), "total")]
		return form{metric: a.metric, attr: a.attr, tags: a.tags}
	}
	if f := parseBean(s, strings.HasSuffix(low, "_percent")); f.metric != 0 {
		return f
	}
	for _, head := range typeStems {
		if rest, ok := strings.CutPrefix(s, head); ok {
			for _, suffix := range suffixes {
				if rest == suffix.text {
					return form{byName: true, stem: head, suffix: rest}
				}
			}
		}
	}
	return form{}
}

// parseBean reads a squashed name as that of a bean and an attribute.
func parseBean(s string, percent bool) form {
	s = strings.TrimSuffix(s, "alltopics")
	for _, suffix := range suffixes {
		stem, ok := strings.CutSuffix(s, suffix.text)
		if !ok {
			continue
		}
		b := stems[stem]
		if b == nil && suffix.text == "total" {
			b = totals[stem]
		}
		if b != nil {
			return form{metric: b.metric, attr: suffix.attr, tags: b.tags, shape: b.shape}
		}
	}
	b := stems[s]
	if b == nil {
		return form{}
	}
	f := form{metric: b.metric, tags: b.tags, shape: b.shape, guessed: b.shape != gauge}
	switch {
	case b.shape == meter && percent:
		f.attr = MeanRate
	case b.metric == HandlerIdle || b.metric == BrokerHandlerIdle:
		f.attr = meanOrCount
	case b.shape != gauge:
		f.attr = Count
	}
	return f
}

// known tells whether series of that name may be wanted, so that the labels of others needn't be read.
func (m *matcher) known(name []byte) (form, bool) {
	f := m.form
	if string(name) != m.last || m.last == "" {
		var seen bool
		if f, seen = m.names[string(name)]; !seen {
			f = parseName(string(name))
			f.sign = signOf(strings.ToLower(string(name)), f)
			if len(m.names) < maxForms {
				m.names[string(name)] = f
			}
		}
		m.last, m.form = string(name), f
	}
	return f, f.metric != 0 || f.byName || f.byResource != nil
}

// objectLabel holds a bean's name and an attribute, as in kafka.server<type=Produce, user=alice><>byte-rate: the JMX exporter adds it, from
// 1.0 on, to series that its rules would make the same (MatchedRuleToMetricSnapshotsConverter).
const objectLabel = "_objectname"

// ofObject returns the name and the labels that a series has without rules, where the exporter says which bean it is of.
func (m *matcher) ofObject(labels []label) (name []byte, own []label, ok bool) {
	for _, l := range labels {
		if l.name != objectLabel {
			continue
		}
		domain, rest, cut := strings.Cut(l.value, "<")
		end := strings.LastIndex(rest, ">")
		props, _, more := strings.Cut(rest[:max(end, 0)], "><")
		if !cut || end < 0 || !more {
			return nil, nil, false
		}
		kind := ""
		for first := true; props != ""; first = false {
			var tag label
			tag.name, props, _ = strings.Cut(props, "=")
			tag.value, props = cutTag(props)
			if first && tag.name == "type" {
				kind = tag.value
				continue
			}
			own = append(own, tag)
		}
		return []byte(underscored.Replace(domain + "_" + kind + "_" + rest[end+1:])), own, kind != ""
	}
	return nil, nil, false
}

// beanForm returns the form of a name and a bean's name, as exporters without rules write them.
func (m *matcher) beanForm(name []byte, f form, bean string) form {
	forms := m.beans[string(name)]
	if forms == nil {
		forms = map[string]form{}
		m.beans[string(name)] = forms
	}
	got, seen := forms[bean]
	if !seen {
		got = parseBean(f.stem+tenant.Squash(bean)+f.suffix, false)
		if len(forms) < maxForms {
			forms[strings.Clone(bean)] = got
		}
	}
	return got
}

// canonical returns a label's name as [tenant.Squash] does, from memory if possible.
func (m *matcher) canonical(name string) string {
	c, seen := m.keys[name]
	if !seen {
		c = tenant.Squash(name)
		if len(m.keys) < maxForms {
			m.keys[strings.Clone(name)] = c
		}
	}
	return c
}

var quantiles = map[string]Attr{"0.5": P50, "0.50": P50, "0.75": P75, "0.95": P95, "0.98": P98, "0.99": P99, "0.999": P999}

// keyOf makes the key of a series by the bean that the exporter says it is of, or else by its name and labels.
func (m *matcher) keyOf(name []byte, f form, labels []label) (k Key, sum, ok bool) {
	if own, tags, said := m.ofObject(labels); said {
		if f, known := m.known(own); known {
			return m.key(own, f, tags)
		}
		return k, false, false
	}
	return m.key(name, f, labels)
}

// key makes the key of a series. sum tells that several series have this key and must be added up. The attribute may be
// meanOrCount: see [Key.resolveMeter].
func (m *matcher) key(name []byte, f form, labels []label) (k Key, sum, ok bool) {
	named := f.byName
	if named {
		bean := ""
		for _, l := range labels {
			if l.name == "name" {
				bean = l.value
			}
		}
		if f = m.beanForm(name, f, bean); f.metric == 0 {
			return k, false, false
		}
	}
	if !named { // without rules each tag has a label
		var apart bool
		if labels, apart = m.tellApart(m.ownLabels(labels, f), f); !apart {
			return Key{Metric: f.metric, Attr: swallowed}, false, false
		}
	}
	k = Key{Metric: f.metric, Attr: f.attr, Tags: f.fixed}
	quantile, topic, partition := "", "", false
	for _, l := range labels {
		if l.value == "" { // Strimzi's reporter writes all labels on every series, some empty
			continue
		}
		c := m.canonical(l.name)
		switch {
		case c == "quantile":
			quantile = l.value
		case c == "topic":
			topic = l.value
		case c == "partition":
			partition = true
		case c == "resource" && f.byResource != nil:
			k.Metric = f.byResource[tenant.Squash(l.value)]
		case c == "processor" && f.tags[1] == "networkprocessor":
			k.Tags[1] = l.value
		case c == f.tags[0]:
			k.Tags[0] = l.value
		case c == f.tags[1]:
			k.Tags[1] = l.value
		}
	}
	if f.byResource != nil && k.Tags != [2]string{} && m.find(labels, "resource") == nil {
		return Key{Attr: kindless}, false, false
	}
	if of := topicMetrics[k.Metric]; of != 0 && topic != "" && !partition && m.topics {
		return Key{Metric: of, Attr: k.Attr, Tags: [2]string{topic}}, false, k.Attr == Count || k.Attr == Rate1
	}
	return k.resolve(f, quantile, topic != "" || partition)
}

// resolveMeter returns the key of a series whose attribute depends on its value: of meanOrCount it makes Mean or Count.
func (k Key) resolveMeter(value float64) Key {
	if k.Attr == meanOrCount {
		k.Attr = MeanRate
		if value > 2 { // an idle share is at most about 1; nanoseconds pass 2 at once
			k.Attr = Count
		}
	}
	return k
}

// resolve completes a key by rules that depend on several labels.
func (k Key) resolve(f form, quantile string, topic bool) (_ Key, sum, ok bool) {
	if k.Metric == 0 || topic || k.Attr == skipped {
		return k, false, false
	}
	if quantile != "" {
		attr, known := quantiles[quantile]
		if !known {
			return k, false, false
		}
		k.Attr = attr
	}
	switch k.Metric {
	case Requests:
		return k, true, k.Attr == Count || k.Attr == Rate1
	case Errors:
		return k, false, (k.Attr == Count || k.Attr == Rate1) && k.Tags[1] != ""
	case ResponseQueue:
		if k.Tags[1] != "" {
			k.Metric = ProcessorResponses
		}
	case ClientSoftware:
		if k.Tags[0] == "" {
			return k, false, false // of one cipher, or of Kafka before KIP-511
		}
		return k, true, true
	case IPConnections:
		return k, false, k.Tags[0] != ""
	case AcceptorBlocked:
		return k, false, k.Attr == Count
	}
	return k, false, f.shape != histogram || k.Attr != Value
}
