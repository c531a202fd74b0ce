package view

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/state"
)

// ConfigView is what is told of configs in one place: by a broker of itself, or of one topic out of several.
type ConfigView struct {
	Name    string
	Broker  *state.Broker // that tells it of itself; nil: the views are of topics or groups, or of one that all brokers are asked about
	Configs []state.Config
}

// ConfigDifference is a config that isn't the same in all views.
type ConfigDifference struct {
	Name   string
	Values []*string // by view; nil: none there
	Source []string  // by view; "" where it has none
}

// ConfigDiff is where views differ.
type ConfigDiff struct {
	Views []ConfigView
	// Classes are the views that agree in everything, by their places in Views, the largest class first.
	Classes     [][]int
	Differences []ConfigDifference // by name
}

// DiffConfigs finds where views differ. What must differ between brokers, such as their ids and the hosts of their listeners, is no
// difference, nor are secrets, whose values nobody tells.
func DiffConfigs(views []ConfigView) ConfigDiff {
	d := ConfigDiff{Views: views}
	shared := sharedHosts(views)
	at := make([]map[string]*state.Config, len(views))
	names := map[string]bool{}
	for i, v := range views {
		at[i] = map[string]*state.Config{}
		for j := range v.Configs {
			c := &v.Configs[j]
			at[i][c.Name] = c
			names[c.Name] = true
		}
	}
	keys := make([]string, len(views)) // what of a view differs from others
	for _, name := range slices.Sorted(maps.Keys(names)) {
		row := ConfigDifference{Name: name, Values: make([]*string, len(views)), Source: make([]string, len(views))}
		likes := map[string]bool{}
		told := make([]string, len(views))
		secret := false
		for i, v := range views {
			c := at[i][name]
			if c == nil {
				likes[""] = true
				continue
			}
			secret = secret || c.Sensitive
			row.Values[i], row.Source[i] = c.Value, c.Source.String()
			told[i] = likeOthers(v.Broker, shared, name, deref(c.Value))
			likes[told[i]] = true
		}
		if secret || len(likes) < 2 {
			continue
		}
		d.Differences = append(d.Differences, row)
		for i := range keys {
			keys[i] += strconv.Quote(told[i])
		}
	}
	places := map[string]int{}
	for i, key := range keys {
		n, seen := places[key]
		if !seen {
			n = len(d.Classes)
			places[key], d.Classes = n, append(d.Classes, nil)
		}
		d.Classes[n] = append(d.Classes[n], i)
	}
	slices.SortStableFunc(d.Classes, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
	return d
}

// sharedHosts are the hosts that several brokers run on: their ports must differ.
func sharedHosts(views []ConfigView) map[string]bool {
	seen, shared := map[string]bool{}, map[string]bool{}
	for _, v := range views {
		if v.Broker != nil {
			shared[v.Broker.Host] = seen[v.Broker.Host]
			seen[v.Broker.Host] = true
		}
	}
	return shared
}

// ownNames are configs whose values are a broker's own.
var ownNames = map[string]bool{"broker.id": true, "node.id": true, "broker.rack": true, "metadata.log.dir": true}

// likeOthers is the value of a broker's config as its peers would have it: without its id, its host, its paths.
func likeOthers(b *state.Broker, shared map[string]bool, name, value string) string {
	switch {
	case b == nil:
		return value
	case ownNames[name]:
		return ""
	case name == "log.dir" || name == "log.dirs": // a broker with fewer disks than its peers is a difference
		return strconv.Itoa(strings.Count(value, ","))
	case strings.HasSuffix(name, "listeners"):
		return withoutHosts(value, shared[b.Host])
	case b.Host != "": // key stores, principals
		return strings.ReplaceAll(value, b.Host, "{host}")
	}
	return value
}

// withoutHosts leaves out the hosts of a list of listeners, "SSL://b1:9093,…", and the ports where they must differ too.
func withoutHosts(listeners string, ports bool) string {
	list := strings.Split(listeners, ",")
	for i, l := range list {
		scheme, address, found := strings.Cut(l, "://")
		if !found {
			continue
		}
		list[i] = scheme
		if colon := strings.LastIndexByte(address, ':'); colon >= 0 && !ports {
			list[i] += address[colon:]
		}
	}
	return strings.Join(list, ",")
}

// DiffColumns are the columns of a diff: the name of a config, and a column for each class of views, which agree in all values but
// their own, and the value of the first of them is shown.
func (d ConfigDiff) DiffColumns() []Column[ConfigDifference] {
	columns := []Column[ConfigDifference]{Text("CONFIG", "config", "name of the config, as Kafka spells it", func(r ConfigDifference) string { return r.Name })}
	for _, class := range d.Classes {
		columns = append(columns, Text(d.ClassName(class), d.ClassName(class), "value there", func(r ConfigDifference) string {
			if v := r.Values[class[0]]; v != nil {
				return cmp.Or(*v, `""`)
			}
			return ""
		}))
	}
	return columns
}

// ClassName names the views of a class: "1 3-9" of brokers, the names of topics.
func (d ConfigDiff) ClassName(class []int) string {
	names := make([]string, len(class))
	ids := make([]int32, len(class))
	numbers := true
	for i, at := range class {
		names[i] = d.Views[at].Name
		id, err := strconv.ParseInt(names[i], 10, 32)
		ids[i], numbers = int32(id), numbers && err == nil
	}
	if numbers {
		return IDRanges(ids)
	}
	return strings.Join(names, " ")
}

// ConfigDiffJSON is the answer of `kdeck configs … --diff`.
type ConfigDiffJSON struct {
	Envelope
	Compared    []string               `json:"compared"`
	Classes     [][]string             `json:"classes"` // those that agree in everything, the largest first
	Differences []ConfigDifferenceJSON `json:"differences"`
}

// ConfigDifferenceJSON is a config that isn't the same everywhere; null where it has no value, by what was compared.
type ConfigDifferenceJSON struct {
	Name    string             `json:"name"`
	Values  map[string]*string `json:"values"`
	Sources map[string]*string `json:"sources"`
}

// Answer makes the answer of a diff. unread is what could not be compared.
func (d ConfigDiff) Answer(s *state.Snapshot, unread []state.Unknown) ConfigDiffJSON {
	doc := ConfigDiffJSON{EnvelopeOf(s), []string{}, [][]string{}, []ConfigDifferenceJSON{}}
	doc.Unknown = append([]state.Unknown{}, unread...)
	for _, v := range d.Views {
		doc.Compared = append(doc.Compared, v.Name)
	}
	for _, class := range d.Classes {
		var names []string
		for _, at := range class {
			names = append(names, d.Views[at].Name)
		}
		doc.Classes = append(doc.Classes, names)
	}
	for _, row := range d.Differences {
		j := ConfigDifferenceJSON{row.Name, map[string]*string{}, map[string]*string{}}
		for i, v := range d.Views {
			j.Values[v.Name], j.Sources[v.Name] = row.Values[i], named(row.Source[i])
		}
		doc.Differences = append(doc.Differences, j)
	}
	return doc
}
