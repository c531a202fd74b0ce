package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"kdeck/protocol/printable"
)

// jolokiaRead is one item of a bulk request.
type jolokiaRead struct {
	Type      string   `json:"type"`
	MBean     string   `json:"mbean"`
	Attribute []string `json:"attribute,omitempty"`
}

// jolokiaBeans are the beans to read, and the attributes of the large ones.
var jolokiaBeans = []jolokiaRead{
	{MBean: "kafka.server:type=Produce,*"},
	{MBean: "kafka.server:type=Fetch,*"},
	{MBean: "kafka.server:type=Request,*"},
	{MBean: "kafka.server:type=ControllerMutation,*"},
	{MBean: "kafka.server:type=socket-server-metrics,*"},
	{MBean: "kafka.server:type=KafkaRequestHandlerPool,name=*", Attribute: []string{"Count", "OneMinuteRate"}},
	{MBean: "kafka.server:type=BrokerTopicMetrics,name=*", Attribute: []string{"Count", "OneMinuteRate"}},
	{MBean: "kafka.server:type=ReplicaManager,name=*"},
	{MBean: "kafka.server:type=KafkaServer,name=linux-disk-*", Attribute: []string{"Value"}},
	{MBean: "kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize,*", Attribute: []string{"Value"}},
	{MBean: "kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent", Attribute: []string{"Value"}},
	{MBean: "kafka.network:type=Processor,name=IdlePercent,*", Attribute: []string{"Value"}},
	{MBean: "kafka.network:type=Acceptor,name=AcceptorBlockedPercent,*", Attribute: []string{"Count"}},
	{MBean: "kafka.network:type=RequestChannel,*", Attribute: []string{"Value"}},
	{MBean: "kafka.network:type=RequestMetrics,name=RequestsPerSec,*", Attribute: []string{"Count", "OneMinuteRate"}},
	{MBean: "kafka.network:type=RequestMetrics,name=ErrorsPerSec,*", Attribute: []string{"Count", "OneMinuteRate"}},
	{MBean: "kafka.network:type=RequestMetrics,name=*TimeMs,*", Attribute: []string{"Count", "Mean", "50thPercentile", "99thPercentile"}},
	{MBean: "kafka.controller:type=KafkaController,name=ActiveControllerCount", Attribute: []string{"Value"}},
	{MBean: "kafka.log:type=LogCleanerManager,name=max-dirty-percent,*", Attribute: []string{"Value"}},
	{MBean: "kafka.log:type=LogManager,name=OfflineLogDirectoryCount", Attribute: []string{"Value"}},
}

// JolokiaRequest returns the bulk request that reads all beans in one exchange.
func JolokiaRequest() []byte {
	reads := make([]jolokiaRead, len(jolokiaBeans))
	for i, r := range jolokiaBeans {
		r.Type = "read"
		reads[i] = r
	}
	b, err := printable.Marshal(reads)
	if err != nil {
		panic(err) // of strings: can't fail
	}
	return b
}

// jolokiaItem is one item of a bulk answer.
type jolokiaItem struct {
	Request struct {
		MBean string `json:"mbean"`
	} `json:"request"`
	Status int             `json:"status"`
	Error  string          `json:"error"`
	Value  json.RawMessage `json:"value"`
}

// jolokia reads the answer to a bulk request, one item at a time. A bean that the broker doesn't have (404), or a value that is no
// number, is skipped.
func (r *reader) jolokia(body io.Reader) (*Page, error) {
	dec := json.NewDecoder(body)
	switch t, err := dec.Token(); {
	case err == nil && t == json.Delim('{'):
		return nil, jolokiaError(dec)
	case err != nil || t != json.Delim('['):
		return nil, errors.Join(fmt.Errorf("%w: not the list that Jolokia gives", errNotMetrics), err)
	}
	p := r.page()
	p.signs = signJolokia
	refused := ""
	for dec.More() {
		var item jolokiaItem
		if err := dec.Decode(&item); err != nil {
			return nil, fmt.Errorf("its answer is cut short after %d values: %w", p.Lines, err)
		}
		switch {
		case item.Status == 200:
			p.beans(item, r.match)
		case item.Status != 404 && refused == "":
			refused = fmt.Sprintf(": it answers %d to %s, %.200q", item.Status, item.Request.MBean, item.Error)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("its answer is cut short after %d values: %w", p.Lines, err)
	}
	if p.kept == 0 {
		return nil, fmt.Errorf("it has none of Kafka's beans%s", refused)
	}
	r.done(p)
	return p, nil
}

// jolokiaError reads the object that Jolokia gives in place of a list where it refuses a whole request.
func jolokiaError(dec *json.Decoder) error {
	object := map[string]any{}
	for dec.More() {
		key, err := dec.Token()
		var value any
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			break
		}
		object[fmt.Sprint(key)] = value
	}
	if text, ok := object["error"].(string); ok {
		return fmt.Errorf("it answers %v, %.500q: not the list that Jolokia gives", object["status"], text)
	}
	return fmt.Errorf("%w: not the list that Jolokia gives", errNotMetrics)
}

func (p *Page) beans(item jolokiaItem, m *matcher) {
	if !strings.Contains(item.Request.MBean, "*") {
		p.bean(item.Request.MBean, item.Value, m)
		return
	}
	var byName map[string]json.RawMessage
	if json.Unmarshal(item.Value, &byName) != nil {
		p.Lines++
		p.bad([]byte(item.Request.MBean))
	}
	for name, attrs := range byName {
		p.bean(name, attrs, m)
	}
}

// underscored writes a bean's name as a metric's.
var underscored = strings.NewReplacer(".", "_", "-", "_")

// bean adds a bean's attributes to the page, named as by an exporter without rules.
func (p *Page) bean(object string, attrs json.RawMessage, m *matcher) {
	domain, props, ok := parseObjectName(object)
	var values map[string]any
	if !ok || json.Unmarshal(attrs, &values) != nil {
		p.Lines++
		p.bad([]byte(object))
		return
	}
	kind := ""
	labels := make([]label, 0, len(props))
	for _, l := range props {
		if l.name == "type" {
			kind = l.value
		} else {
			labels = append(labels, l)
		}
	}
	for attr, v := range values {
		var value float64
		switch v := v.(type) {
		case float64:
			value = v
		case nil:
			value = math.NaN() // how Jolokia 2 writes it
		case string:
			if v != "NaN" { // as Jolokia 1 does
				continue
			}
			value = math.NaN()
		default:
			continue
		}
		p.Lines++
		p.Kafka++
		name := []byte(underscored.Replace(domain + "_" + kind + "_" + attr))
		if f, wanted := m.known(name); wanted {
			p.add(name, m, f, labels, value)
		}
	}
}

// parseObjectName reads a bean's name. Its properties may be in any order, and a quoted value may hold any character.
func parseObjectName(s string) (domain string, props []label, ok bool) {
	domain, rest, ok := strings.Cut(s, ":")
	for ok && rest != "" {
		var key, value string
		if key, rest, ok = strings.Cut(rest, "="); !ok || key == "" {
			return domain, props, false
		}
		end := strings.IndexByte(rest, ',')
		if strings.HasPrefix(rest, `"`) {
			end = 1
			for end < len(rest) && rest[end] != '"' {
				if rest[end] == '\\' {
					end++
				}
				end++
			}
			if end++; end > len(rest) {
				return domain, props, false
			}
			if end == len(rest) {
				end = -1
			}
		}
		if end < 0 {
			value, rest = rest, ""
		} else {
			value, rest = rest[:end], strings.TrimPrefix(rest[end:], ",")
		}
		props = append(props, label{key, value})
	}
	return domain, props, ok && len(props) > 0
}
