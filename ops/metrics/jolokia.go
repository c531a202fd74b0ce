package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"kdeck/protocol/printable"
)

// jolokiaRead is one item of a bulk request.
type jolokiaRead struct {
	Type      string   `json:"type"`
	MBean     string   `json:"mbean"`
	Attribute []string `json:"attribute,omitempty"`
}

// jolokiaBeans are the beans to read, and the attributes of the large ones. Those of clients, of which there may be any number, come
// last: where an answer takes too long, the broker's own have been read.
var jolokiaBeans = []jolokiaRead{
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
	{MBean: "kafka.log:type=LogCleanerManager,name=uncleanable-partitions-count,*", Attribute: []string{"Value"}},
	{MBean: "kafka.log:type=LogCleaner,name=DeadThreadCount", Attribute: []string{"Value"}},
	{MBean: "kafka.log:type=LogManager,name=OfflineLogDirectoryCount", Attribute: []string{"Value"}},
	{MBean: "kafka.server:type=Produce,*"},
	{MBean: "kafka.server:type=Fetch,*"},
	{MBean: "kafka.server:type=Request,*"},
	{MBean: "kafka.server:type=ControllerMutation,*"},
}

// jolokiaTopics are the beans of single topics.
var jolokiaTopics = []jolokiaRead{
	{MBean: "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,topic=*", Attribute: []string{"Count"}},
	{MBean: "kafka.server:type=BrokerTopicMetrics,name=BytesOutPerSec,topic=*", Attribute: []string{"Count"}},
}

// JolokiaRequest returns the bulk request that reads all beans in one exchange.
func JolokiaRequest() []byte { return jolokiaRequest(false) }

// jolokiaRequest is [JolokiaRequest], with the beans of single topics where those are wanted.
func jolokiaRequest(topics bool) []byte {
	beans := jolokiaBeans
	if topics {
		beans = slices.Concat(jolokiaBeans, jolokiaTopics)
	}
	reads := make([]jolokiaRead, len(beans))
	for i, r := range beans {
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
	mbean, error string
	status       int
	bean         []attribute // of an item of one bean
	bad          bool        // its value is none of beans
}

// attribute is one of a bean, with its name as the answer has it.
type attribute struct {
	name  string
	value float64
}

// jolokia reads the answer to a bulk request, one bean at a time. A bean that the broker doesn't have (404), or a value that is no
// number, is skipped. Where the answer ends too early, or takes too long, and has the broker's own beans, the page says that there are
// more clients.
func (r *reader) jolokia(body io.Reader) (*Page, error) {
	limited := &io.LimitedReader{R: body, N: maxPage + 1}
	s := newJSONStream(limited)
	switch s.peek() {
	case '{':
		return nil, jolokiaError(json.NewDecoder(io.LimitReader(io.MultiReader(bytes.NewReader(s.buf[s.at:s.end]), limited), maxItem)))
	case '[':
	default:
		return nil, errors.Join(fmt.Errorf("%w: not the list that Jolokia gives", errNotMetrics), s.err)
	}
	p := r.page()
	p.signs = signJolokia
	refused := ""
	var item jolokiaItem
	s.elements('[', ']', func() {
		item = jolokiaItem{bean: item.bean[:0]}
		p.item(s, &item, r)
		switch {
		case s.err != nil:
		case item.status != 200 && item.status != 404 && refused == "":
			refused = fmt.Sprintf(": it answers %d to %.200s, %.200q", item.status, item.mbean, item.error)
		case item.status == 200 && item.bad:
			p.Lines++
			p.bad([]byte(item.mbean))
		case item.status == 200 && !strings.Contains(item.mbean, "*"):
			p.bean(item.mbean, item.bean, r)
		}
	})
	if err := s.err; err != nil {
		if limited.N <= 0 {
			err = fmt.Errorf("its answer is larger than %d MB: given up", maxPage>>20)
		}
		if p.kept <= r.index.clientsIn(p) {
			return nil, fmt.Errorf("its answer is cut short after %d values: %w", p.Lines, err)
		}
		p.cut = err
	}
	if p.kept == 0 && p.left == 0 {
		return nil, fmt.Errorf("it has none of Kafka's beans%s", refused)
	}
	r.done(p)
	return p, nil
}

// item reads one item of an answer, and adds the beans that stand in it by their names.
func (p *Page) item(s *jsonStream, item *jolokiaItem, r *reader) {
	s.fields(func(name []byte) {
		switch string(name) {
		case "request":
			if s.peek() != '{' {
				s.skip()
				return
			}
			s.fields(func(name []byte) {
				if string(name) == "mbean" && s.peek() == '"' {
					item.mbean = string(s.text())
				} else {
					s.skip()
				}
			})
		case "status":
			if s.peek() == '"' {
				s.skip()
				return
			}
			item.status, _ = strconv.Atoi(string(s.scalar()))
		case "error":
			if s.peek() != '"' {
				s.skip()
				return
			}
			text := s.text()
			item.error = string(text[:min(len(text), 1000)])
		case "value":
			if s.peek() != '{' {
				item.bad = true
				s.skip()
				return
			}
			var attributes []attribute
			s.fields(func(name []byte) {
				if s.peek() != '{' {
					item.bean = s.attribute(r, item.bean, name)
					return
				}
				object := r.object(name)
				attributes = attributes[:0]
				s.fields(func(name []byte) { attributes = s.attribute(r, attributes, name) })
				if s.err == nil {
					p.bean(object, attributes, r)
				}
			})
		default:
			s.skip()
		}
	})
}

// object keeps the name of a bean while its attributes are read.
func (r *reader) object(name []byte) string {
	r.bean = append(r.bean[:0], name...)
	return view(r.bean)
}

// attribute reads the value of an attribute, and appends it if it is a number.
func (s *jsonStream) attribute(r *reader, list []attribute, name []byte) []attribute {
	known, seen := r.attributes[string(name)]
	if !seen {
		known = string(name)
		if len(r.attributes) < maxForms {
			r.attributes[known] = known
		}
	}
	value := math.NaN()
	switch c := s.peek(); {
	case c == '"': // as Jolokia 1 writes NaN
		if string(s.text()) != "NaN" {
			return list
		}
	case c == '{' || c == '[':
		s.skip()
		return list
	default:
		word := s.scalar()
		if string(word) == "null" { // how Jolokia 2 writes NaN
			break
		}
		number, err := strconv.ParseFloat(view(word), 64)
		if err != nil || word[0] > '9' { // such as true
			return list
		}
		value = number
	}
	return append(list, attribute{known, value})
}

// jolokiaError reads the object that Jolokia gives in place of a list where it refuses a whole request.
func jolokiaError(dec *json.Decoder) error {
	object := map[string]any{}
	_, _ = dec.Token() // the brace
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

// underscored writes a bean's name as a metric's.
var underscored = strings.NewReplacer(".", "_", "-", "_")

// bean adds a bean's attributes to the page, named as by an exporter without rules.
func (p *Page) bean(object string, attributes []attribute, r *reader) {
	domain, props, ok := parseObjectName(object, r.props[:0])
	r.props = props
	if !ok {
		p.Lines++
		p.bad([]byte(object))
		return
	}
	kind := ""
	labels := r.labels[:0]
	for _, l := range props {
		if l.name == "type" {
			kind = l.value
		} else {
			labels = append(labels, l)
		}
	}
	r.labels = labels
	for _, a := range attributes {
		p.Lines++
		p.Kafka++
		name := r.metricName(domain, kind, a.name)
		if f, wanted := r.match.known(name); wanted {
			p.add(name, r.match, f, labels, a.value)
		}
	}
}

// beanAttribute names an attribute of a kind of beans.
type beanAttribute struct{ domain, kind, name string }

// metricName is the name that an exporter without rules gives to an attribute.
func (r *reader) metricName(domain, kind, name string) []byte {
	if known, seen := r.metricNames[beanAttribute{domain, kind, name}]; seen {
		return known
	}
	text := []byte(underscored.Replace(domain + "_" + kind + "_" + name))
	if len(r.metricNames) < maxForms {
		r.metricNames[beanAttribute{strings.Clone(domain), strings.Clone(kind), name}] = text
	}
	return text
}

// parseObjectName reads a bean's name. Its properties may be in any order, and a quoted value may hold any character.
func parseObjectName(s string, props []label) (domain string, _ []label, ok bool) {
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
