package metrics

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A scrape is what a Prometheus server has of one broker from one of its targets: of one exporter, by one job, as one of its replicas
// has it. Labels tell the targets apart.
type scrape struct {
	labels      map[string]string // of the target: those that aren't of the beans
	before, now *Page             // of the first and of the last sample in the window
	first       time.Time
}

// beanLabels are the labels, squashed, that come from a bean, whichever target it is read from: its tags, and what exporters' rules
// write beside them.
var beanLabels = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range []string{"name", "type", "attribute", "objectname", "quantile", "le", "resource", "user", "clientid", "version",
		"listener", "networkprocessor", "processor", "protocol", "cipher", "request", "error", "broker", "brokerid", "kafkabrokerid", "nodeid",
		"client", "principal", "quotatype", "topic", "partition"} {
		m[name] = true
	}
	for _, b := range beans {
		m[b.tags[0]], m[b.tags[1]] = true, true
	}
	for _, a := range socketAttrs {
		m[a.tags[0]], m[a.tags[1]] = true, true
	}
	return m
}()

// targetOf returns the labels of the target that a series comes from, and a string that is the same for equal ones.
func targetOf(series []label, m *matcher) (labels map[string]string, key string) {
	for _, l := range series {
		if l.value != "" && !beanLabels[m.canonical(l.name)] {
			if labels == nil {
				labels = map[string]string{}
			}
			labels[strings.Clone(l.name)] = strings.Clone(l.value)
		}
	}
	if labels == nil {
		return nil, ""
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%q=%q,", name, labels[name])
	}
	return labels, b.String()
}

// settle makes one scrape of each broker's, and tells of which brokers the figures may be those of others: what several targets show of
// one broker can't be told apart, and where their labels name jobs or clusters, it is open which of them is meant for the rest as well.
func settle(brokers map[int32]map[string]*scrape) (settled map[int32]*scrape, unsure map[int32]error) {
	settled, unsure = map[int32]*scrape{}, map[int32]error{}
	var rivals [][]*scrape
	for id, scrapes := range brokers {
		targets := union(scrapes)
		settled[id] = targets[0]
		if len(targets) > 1 {
			rivals = append(rivals, targets)
		}
	}
	if len(rivals) == 0 {
		return settled, unsure
	}
	told := tellApart(rivals)
	err := fmt.Errorf("%w: say which in match, as in metrics: {prometheus-server: {url: …, match: '%s'}}", told.err, told.matcher)
	for id, one := range settled {
		if told.targets[told.named(one)] {
			unsure[id] = err
		}
	}
	return settled, unsure
}

// rivalry is what is told of targets that show the same series.
type rivalry struct {
	err     error // which they are
	matcher string
	targets map[string]bool        // as named names them
	named   func(s *scrape) string // by the labels that tell the targets apart
}

// tellApart names the targets that show the same series of brokers.
func tellApart(rivals [][]*scrape) rivalry {
	names := tellingLabels(rivals)
	r := rivalry{targets: map[string]bool{}, named: func(s *scrape) string {
		var pairs []string
		for _, name := range names {
			pairs = append(pairs, name+"="+s.labels[name])
		}
		return strings.Join(pairs, " ")
	}}
	matchers := map[string]string{}
	for _, broker := range rivals {
		for _, s := range broker {
			name := r.named(s)
			r.targets[name] = true
			matchers[name] = fmt.Sprintf("%s=%q", names[0], s.labels[names[0]])
		}
	}
	list := slices.Sorted(maps.Keys(r.targets))
	r.matcher = matchers[list[0]]
	shown := list[:min(len(list), 4)]
	if len(shown) < len(list) {
		shown = append(slices.Clip(shown), "…")
	}
	r.err = fmt.Errorf("the series of one broker come from %d targets (%s), so whose figures they are is unknown", len(list), strings.Join(shown, ", "))
	return r
}

// union makes as few of a broker's scrapes as it can, the newest first. Targets that show different series are parts of one, with the
// labels that they share. A target that ended before the newest began, as when a pod gets another address, is left out.
func union(scrapes map[string]*scrape) []*scrape {
	var targets []*scrape
	for _, s := range slices.SortedFunc(maps.Values(scrapes), func(a, b *scrape) int {
		return cmp.Or(b.now.At.Compare(a.now.At), cmp.Compare(b.now.kept, a.now.kept))
	}) {
		var nearest *scrape
		most := -1
		for _, t := range targets {
			if same := t.shares(s); same > most && !s.now.overlaps(t.now) {
				nearest, most = t, same
			}
		}
		switch {
		case nearest != nil:
			nearest.before.take(s.before)
			nearest.now.take(s.now)
			maps.DeleteFunc(nearest.labels, func(name, value string) bool { return s.labels[name] != value })
		case len(targets) == 0 || s.now.At.After(targets[0].first):
			targets = append(targets, s)
		}
	}
	return targets
}

// shares counts the labels that two scrapes have in common.
func (s *scrape) shares(o *scrape) (n int) {
	for name, value := range s.labels {
		if o.labels[name] == value {
			n++
		}
	}
	return n
}

// tellingLabels returns the label that tells the rivals of every broker apart, of several the one with the fewest values, because it
// names something larger than a broker, such as a job or a cluster. Where no label does so alone, it is all that differ.
func tellingLabels(brokers [][]*scrape) []string {
	values := map[string]map[string]bool{} // by label
	for _, broker := range brokers {
		for _, s := range broker {
			for name := range s.labels {
				values[name] = map[string]bool{}
			}
		}
	}
	var all, telling []string
	for name, of := range values {
		tells, differs := true, false
		for _, broker := range brokers {
			here := map[string]bool{}
			for _, s := range broker {
				here[s.labels[name]], of[s.labels[name]] = true, true
			}
			tells = tells && len(here) == len(broker)
			differs = differs || len(here) > 1
		}
		if tells {
			telling = append(telling, name)
		}
		if differs {
			all = append(all, name)
		}
	}
	fewest := func(a, b string) int { return cmp.Or(cmp.Compare(len(values[a]), len(values[b])), cmp.Compare(a, b)) }
	slices.SortFunc(all, fewest)
	if len(telling) == 0 {
		return all
	}
	return []string{slices.MinFunc(telling, fewest)}
}
