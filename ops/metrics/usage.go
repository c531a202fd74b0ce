package metrics

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"

	"kdeck/ops/tenant"
)

var usageMetrics = map[Metric]struct {
	t        tenant.Type
	throttle bool
}{
	ProduceRate: {tenant.ProducerByteRate, false}, ProduceThrottle: {tenant.ProducerByteRate, true},
	FetchRate: {tenant.ConsumerByteRate, false}, FetchThrottle: {tenant.ConsumerByteRate, true},
	RequestTime: {tenant.RequestPercentage, false}, RequestThrottle: {tenant.RequestPercentage, true},
	MutationRate: {tenant.ControllerMutationRate, false}, MutationThrottle: {tenant.ControllerMutationRate, true},
}

// client is the series of one client under one kind of quota.
type client struct {
	t              tenant.Type
	user, id       string
	tags           [2]string
	rate, throttle int32 // places, -1 none
}

func (c client) compare(o client) int {
	return cmp.Or(cmp.Compare(c.t, o.t), strings.Compare(c.user, o.user), strings.Compare(c.id, o.id),
		strings.Compare(c.tags[0], o.tags[0]), strings.Compare(c.tags[1], o.tags[1]))
}

// clients holds the clients of an index, sorted. There may be thousands, and most are the same as on the last page.
type clients struct {
	list []client
	read [metrics]int // how many places of a metric they were made from
}

// updateClients brings the clients up to date.
func (x *index) updateClients() []client {
	var news []client
	for m, use := range usageMetrics {
		for _, place := range x.of[m][x.clients.read[m]:] {
			k := x.keys[place]
			if k.Tags == [2]string{} || k.Attr != Value {
				continue
			}
			c := client{t: use.t, user: userOf(k.Tags[0]), id: unquote(k.Tags[1]), tags: k.Tags, rate: -1, throttle: -1}
			if use.throttle {
				c.throttle = place
			} else {
				c.rate = place
			}
			news = append(news, c)
		}
		x.clients.read[m] = len(x.of[m])
	}
	if len(news) > 0 {
		slices.SortFunc(news, client.compare)
		x.clients.list = merge(x.clients.list, news)
	}
	return x.clients.list
}

// merge merges two sorted lists. Entries of the same client become one.
func merge(a, b []client) []client {
	list := make([]client, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && b[0].compare(a[0]) < 0 {
			from = &b
		}
		c := (*from)[0]
		*from = (*from)[1:]
		if n := len(list); n > 0 && list[n-1].compare(c) == 0 {
			list[n-1].rate, list[n-1].throttle = max(list[n-1].rate, c.rate), max(list[n-1].throttle, c.throttle)
			continue
		}
		list = append(list, c)
	}
	return list
}

// usage returns what each client uses. A throttle time of NaN is 0: Kafka's mean over no throttled requests is NaN.
func (d *derivation) usage(id int32) []tenant.Usage {
	clients := d.now.index.updateClients()
	if len(clients) == 0 {
		return nil
	}
	list := make([]tenant.Usage, 0, len(clients))
	approximate := d.now.Approximate()
	for i := range clients {
		c := &clients[i]
		rate, used := d.now.at(c.rate)
		throttle, told := d.now.at(c.throttle)
		if !used && !told {
			continue
		}
		if !used {
			rate = math.NaN()
		}
		switch {
		case !told, d.now.clashed[c.throttle], d.now.absurd[c.throttle]:
			throttle = math.NaN()
		case math.IsNaN(throttle):
			throttle = 0
		}
		list = append(list, tenant.Usage{Broker: id, Type: c.t, User: c.user, ClientID: c.id, Rate: rate, ThrottleMS: throttle, Approximate: approximate})
	}
	return list
}

// userOf reads a user as Kafka writes it in a bean's name: percent-encoded (org.apache.kafka.common.utils.Sanitizer).
func userOf(tag string) string {
	tag = unquote(tag)
	if user, err := url.PathUnescape(tag); err == nil {
		return user
	}
	return tag
}

// unquote undoes javax.management.ObjectName.quote, which Kafka applies to values that a bean's name can't hold.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for in := s[1 : len(s)-1]; in != ""; in = in[1:] {
		if in[0] == '\\' && len(in) > 1 {
			if in = in[1:]; in[0] == 'n' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(in[0])
	}
	return b.String()
}
