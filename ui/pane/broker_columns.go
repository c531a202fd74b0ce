package pane

import (
	"cmp"
	"slices"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type brokerColumn = table.Column[view.BrokerRow]

// brokerColumns are the columns of brokers as the console shows them without metrics: how long one has been silent stands
// where a narrow screen still has room for it. silent says that of a broker that does not answer.
func brokerColumns(silent func(id int32) string) []brokerColumn {
	columns := dress(view.BrokerColumns(), map[string]func(*brokerColumn){
		"state": func(c *brokerColumn) {
			c.Style = func(b view.BrokerRow) cell.Style {
				switch b.State() {
				case "ok":
					return cell.OK
				case "CORDONED":
					return cell.Info
				case "NO-ANSWER":
					return cell.Unknown
				}
				return cell.Critical
			}
		},
		"under_replicated": func(c *brokerColumn) {
			c.Style = func(b view.BrokerRow) cell.Style {
				if b.UnderReplicated > 0 {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"log_dirs": func(c *brokerColumn) {
			c.Style = func(b view.BrokerRow) cell.Style {
				for _, d := range b.LogDirs.Value {
					if d.Error != "" {
						return cell.Critical
					}
				}
				return cell.Plain
			}
		},
		"answered_ms": func(c *brokerColumn) {
			measured := c.Cell
			c.Help += "; of one that does not answer, since when"
			c.Cell = func(b view.BrokerRow) string {
				if b.Answered.Known {
					return measured(b)
				}
				return silent(b.ID)
			}
		},
		"address": func(c *brokerColumn) { c.Max = 40 },
	})
	return orderColumns(columns, "id", "rack", "state", "controller", "leaders", "replicas", "under_replicated", "size_bytes", "disk_full", "answered_ms")
}

// orderColumns puts the columns of those names first, in that order; a name that there is no column of is passed over.
func orderColumns(columns []brokerColumn, names ...string) []brokerColumn {
	place := func(c brokerColumn) int {
		if i := slices.Index(names, c.Name); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(columns, func(a, b brokerColumn) int { return cmp.Compare(place(a), place(b)) })
	return columns
}

// meteredColumns are those of brokers with metrics.
func meteredColumns(columns []brokerColumn, b *brokerBoard) []brokerColumn {
	unknown := &state.BrokerMetrics{}
	of := func(r view.BrokerRow) *state.BrokerMetrics {
		if m := b.of(r.ID).metrics; m != nil {
			return m
		}
		return unknown
	}
	figure := func(head, name, help string, get func(*state.BrokerMetrics) state.Reading[float64], text func(*brokerCells) string,
		look func(r state.Reading[float64], p *peers) cell.Style) brokerColumn {
		return brokerColumn{
			Column: view.Column[view.BrokerRow]{Head: head, Name: name, Help: help, Right: true,
				Cell:    func(r view.BrokerRow) string { return text(b.of(r.ID)) },
				Compare: func(x, y view.BrokerRow) int { return compareReadings(get(of(x)), get(of(y))) }},
			Style: func(r view.BrokerRow) cell.Style {
				c := b.of(r.ID)
				switch {
				case c.metrics == nil:
					return cell.Unknown
				case !c.fresh:
					return cell.Stale
				case look == nil:
					return cell.Plain
				}
				return look(get(c.metrics), b.peers)
			},
		}
	}
	history := func(head, name, help string, text func(*brokerCells) string) brokerColumn {
		return brokerColumn{Column: view.Column[view.BrokerRow]{Head: head, Name: name, Help: help, Wide: true,
			Cell:    func(r view.BrokerRow) string { return text(b.of(r.ID)) },
			Compare: func(x, y view.BrokerRow) int { return 0 }}}
	}
	columns = append(columns,
		figure("NET", "network_idle", "idle share of the network threads, 0..1; the mean of all", func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle },
			func(c *brokerCells) string { return c.network }, func(r state.Reading[float64], p *peers) cell.Style { return idleLook(r, p.network) }),
		figure("MIN", "busiest_idle", "idle share of the busiest network thread, 0..1: one may be busy while the mean is fine", busiestIdle,
			func(c *brokerCells) string { return c.busiest }, func(r state.Reading[float64], p *peers) cell.Style { return idleLook(r, p.busiest) }),
		figure("HDLR", "handler_idle", "idle share of the request handlers, 0..1", func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle },
			func(c *brokerCells) string { return c.handlers }, func(r state.Reading[float64], p *peers) cell.Style { return idleLook(r, p.handlers) }),
		figure("REQ/S", "requests", "requests a second, of all kinds", (*state.BrokerMetrics).RequestRate,
			func(c *brokerCells) string { return c.requests }, nil),
		figure("P99", "produce_p99_ms", "99th percentile of Produce requests in ms, of about five minutes", latencyOf,
			func(c *brokerCells) string { return c.latency }, func(r state.Reading[float64], p *peers) cell.Style { return aboveLook(r, p.latency, latencyOff) }),
		figure("BYTES IN", "bytes_in", "bytes a second that producers send", func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesIn },
			func(c *brokerCells) string { return c.bytesIn }, nil),
		figure("BYTES OUT", "bytes_out", "bytes a second that consumers are sent", func(m *state.BrokerMetrics) state.Reading[float64] { return m.BytesOut },
			func(c *brokerCells) string { return c.bytesOut }, nil),
		figure("DISK READ", "disk_read", "bytes a second read from its disks, not the page cache", func(m *state.BrokerMetrics) state.Reading[float64] { return m.DiskRead },
			func(c *brokerCells) string { return c.read }, func(r state.Reading[float64], p *peers) cell.Style { return aboveLook(r, p.read, diskOff) }),
		brokerColumn{
			Column: view.Column[view.BrokerRow]{Head: "NETWORK THREADS", Name: "network_threads",
				Help:    "a cell for each network thread, by listener; the taller the busier",
				Cell:    func(r view.BrokerRow) string { return b.of(r.ID).threads },
				Compare: func(x, y view.BrokerRow) int { return compareReadings(busiestIdle(of(x)), busiestIdle(of(y))) }},
			Max: 40,
			Style: func(r view.BrokerRow) cell.Style {
				if c := b.of(r.ID); c.fresh {
					return c.threadsLook
				}
				return cell.Stale
			},
		},
		history("NET HISTORY", "network_history", "idle share of the network threads lately", func(c *brokerCells) string { return c.networkHistory }),
		history("HDLR HISTORY", "handler_history", "idle share of the request handlers lately", func(c *brokerCells) string { return c.handlerHistory }),
	)
	return orderColumns(columns, "id", "rack", "state", "network_idle", "busiest_idle", "handler_idle", "requests", "produce_p99_ms", "under_replicated",
		"leaders", "disk_full", "answered_ms", "network_threads", "disk_read", "network_history", "handler_history", "bytes_in", "bytes_out", "controller", "replicas")
}

// compareReadings orders what is known before what isn't.
func compareReadings(a, b state.Reading[float64]) int {
	switch {
	case a.Known && b.Known:
		return cmp.Compare(a.Value, b.Value)
	case a.Known:
		return -1
	case b.Known:
		return 1
	}
	return 0
}

// overviewColumns are those that the Overview has room for.
func overviewColumns(columns []brokerColumn) []brokerColumn {
	names := []string{"id", "state", "network_idle", "busiest_idle", "handler_idle", "produce_p99_ms", "under_replicated", "network_threads", "network_history"}
	columns = slices.DeleteFunc(columns, func(c brokerColumn) bool { return !slices.Contains(names, c.Name) })
	for i := range columns {
		columns[i].Wide = false
	}
	return orderColumns(columns, names...)
}
