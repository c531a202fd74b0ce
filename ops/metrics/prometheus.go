package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// promWindow is the time range of the query. It asks for raw samples, so that a counter's growth is that between two scrapes and not
// between two evaluations.
const promWindow = "3m"

// promNames matches the names to ask for, whichever rules made them.
const promNames = "(?i)kafka_(" +
	"network_(socketserver|processor|requestchannel|requestmetrics|acceptor)" +
	"|server_(kafkarequesthandlerpool|brokertopicmetrics|replicamanager|kafkaserver|delayedoperationpurgatory|socket_?server_?metrics" +
	"|quota|produce|fetch|request|controllermutation|leaderreplication|followerreplication)" +
	"|controller_kafkacontroller|log_(logcleanermanager|logmanager))_.+"

// promQuery returns the PromQL query for a cluster's series. match is a list of label matchers, with or without braces.
func promQuery(match string) string {
	match = strings.Trim(strings.TrimSpace(match), "{}, ")
	if match != "" {
		match = "," + match
	}
	return `{__name__=~"` + promNames + `",topic=""` + match + `}[` + promWindow + `]`
}

// maxScrapes bounds the targets that a server's answer has series of.
const maxScrapes = 10_000

// promSeries is one element of a matrix.
type promSeries struct {
	Metric map[string]string `json:"metric"`
	Values [][2]any          `json:"values"`
}

// scanProm reads the answer to a range selector, one series at a time, into scrapes by broker and target. whose tells which broker a
// series is of.
func scanProm(r io.Reader, m *matcher, whose func(map[string]string) (int32, bool)) (_ map[int32]map[string]*scrape, strangers int, _ error) {
	limited := &io.LimitedReader{R: r, N: maxPage}
	items := &byItem{in: limited}
	items.next()
	dec := json.NewDecoder(items)
	if err := toResult(dec); err != nil {
		return nil, 0, err
	}
	brokers, targets, room := map[int32]map[string]*scrape{}, 0, new(room)
	for dec.More() {
		var s promSeries
		items.next()
		if err := dec.Decode(&s); err != nil {
			if limited.N <= 0 {
				return nil, 0, fmt.Errorf("its answer is larger than %d MB: given up", maxPage>>20)
			}
			return nil, 0, fmt.Errorf("its answer is cut short: %w", err)
		}
		id, ok := whose(s.Metric)
		if !ok {
			strangers++
			continue
		}
		if len(s.Values) == 0 {
			continue
		}
		name := []byte(s.Metric["__name__"])
		f, wanted := m.known(name)
		if !wanted {
			continue
		}
		all := make([]label, 0, len(s.Metric))
		for k, v := range s.Metric {
			if k != "__name__" {
				all = append(all, label{k, v})
			}
		}
		k, sum, ok := m.keyOf(name, f, all)
		if !ok && k.Attr != swallowed && k.Attr != kindless {
			continue
		}
		labels, target := targetOf(all, m)
		from := brokers[id][target]
		if from == nil {
			if targets++; targets > maxScrapes {
				return nil, 0, fmt.Errorf("the series come from more than %d targets: say which in match, as in metrics: {prometheus-server: {url: …, match: 'job=\"kafka\"'}}", maxScrapes)
			}
			x := newIndex()
			x.room = room
			from = &scrape{labels: labels, before: x.newPage(nil), now: x.newPage(nil)}
			if brokers[id] == nil {
				brokers[id] = map[string]*scrape{}
			}
			brokers[id][target] = from
		}
		from.now.signs |= f.sign
		if !ok {
			from.now.swallow(fmt.Appendf(nil, "%s%v", name, all), k.Attr)
			continue
		}
		first := from.before.sample(k, sum, s.Values[0])
		if from.first.IsZero() || first.Before(from.first) {
			from.first = first
		}
		from.now.sample(k, sum, s.Values[len(s.Values)-1])
	}
	return brokers, strangers, nil
}

// toResult reads up to the list of series, or returns the server's own error.
func toResult(dec *json.Decoder) error {
	var failure struct{ kind, text string }
	for {
		t, err := dec.Token()
		if err != nil {
			if failure.text != "" {
				return fmt.Errorf("it answers %s: %s", failure.kind, failure.text)
			}
			return fmt.Errorf("%w: not the answer of a Prometheus server (%v)", errNotMetrics, err)
		}
		key, _ := t.(string)
		switch key {
		case "status", "errorType", "error":
			var text string
			if err := dec.Decode(&text); err != nil {
				return errNotMetrics
			}
			switch key {
			case "error":
				failure.text = text
			case "errorType":
				failure.kind = text
			}
		case "result":
			if t, err := dec.Token(); err != nil || t != json.Delim('[') {
				return errors.Join(errNotMetrics, err)
			}
			return nil
		}
	}
}

// sample adds one sample of a series, and returns its time.
func (p *Page) sample(k Key, sum bool, v [2]any) (at time.Time) {
	seconds, okTime := v[0].(float64)
	text, okText := v[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	p.Lines++
	if !okTime || !okText || err != nil || !(seconds >= 0 && seconds < maxTime/1000) {
		p.bad(fmt.Appendf(nil, "%v", v))
		return p.At
	}
	p.Kafka++
	if at = time.UnixMicro(int64(seconds * 1e6)); at.After(p.At) {
		p.At = at
	}
	p.set(p.index.place(k.resolveMeter(value)), value, sum, fmt.Append(nil, k.Tags))
	return at
}

// idLabels name a broker by its id, hostLabels by its host or the pod that it runs in.
var (
	idLabels   = []string{"broker_id", "kafka_broker_id", "node_id", "broker"}
	hostLabels = []string{"instance", "host", "hostname", "nodename", "node_name", "pod", "kubernetes_pod_name", "kafka"}
)

// brokerByLabels finds the broker of a series by its labels: an id, or a host that only one broker has.
func brokerByLabels(targets []Target) func(map[string]string) (int32, bool) {
	hosts := byHost(targets)
	known := map[int32]bool{}
	for _, t := range targets {
		known[t.ID] = true
	}
	return func(labels map[string]string) (int32, bool) {
		for _, name := range idLabels {
			if id, err := strconv.ParseInt(labels[name], 10, 32); err == nil && known[int32(id)] {
				return int32(id), true
			}
		}
		for _, name := range hostLabels {
			host := labels[name]
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
			if ids := hosts[host]; len(ids) == 1 {
				return ids[0], true
			}
		}
		return 0, false
	}
}

// byHost lists the brokers of each host, by its whole name and by its first part.
func byHost(targets []Target) map[string][]int32 {
	hosts := map[string][]int32{}
	for _, t := range targets {
		hosts[t.Host] = append(hosts[t.Host], t.ID)
		if short, _, cut := strings.Cut(t.Host, "."); cut && net.ParseIP(t.Host) == nil {
			hosts[short] = append(hosts[short], t.ID)
		}
	}
	return hosts
}
