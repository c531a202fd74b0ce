package metrics

import "math"

// copyOf tells whether a page is the one before once more, as proxies and some exporters keep one for a while: it counts idle time, and not one of its figures has moved. Its
// threads would all look busy otherwise, for they seem not to have been idle for a moment. No broker shows the same figures twice: even where nothing happens, idle time grows.
func (p *Page) copyOf(last *Page) bool {
	if last == nil || last.index != p.index || p.lacks(IOWaitTime) && !p.counts(HandlerIdle) && !p.counts(BrokerHandlerIdle) {
		return false
	}
	for place := range p.index.keys {
		now, has := p.at(int32(place))
		was, had := last.at(int32(place))
		if has != had || now != was && !(math.IsNaN(now) && math.IsNaN(was)) {
			return false
		}
	}
	return true
}

// counts tells whether the page has the count of a meter.
func (p *Page) counts(m Metric) bool {
	_, ok := p.Value(Key{Metric: m, Attr: Count})
	return ok
}
