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
func BrokerColumns(silent func(id int32) string) []brokerColumn {
	return orderColumns(dressBrokers(view.BrokerColumns(), silent), "id", "rack", "state", "controller", "leaders", "replicas", "under_replicated",
		"size_bytes", "disk_full", "answered_ms")
}

func dressBrokers(columns []view.Column[view.BrokerRow], silent func(id int32) string) []brokerColumn {
	return table.Dress(columns, map[string]func(*brokerColumn){
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

// brokerFigures are what the list draws of metrics: as short as a narrow screen needs it, what is old dimmed, and what is
// short of time or far off the peers pointed out.
var brokerFigures = map[string]struct {
	text func(*brokerCells) string
	idle func(*state.BrokerMetrics) state.Reading[float64] // of idle shares, which have a floor
}{
	"network_idle":   {func(c *brokerCells) string { return c.network }, func(m *state.BrokerMetrics) state.Reading[float64] { return m.NetworkIdle }},
	"busiest_idle":   {func(c *brokerCells) string { return c.busiest }, (*state.BrokerMetrics).BusiestIdle},
	"handler_idle":   {func(c *brokerCells) string { return c.handlers }, func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle }},
	"requests":       {func(c *brokerCells) string { return c.requests }, nil},
	"produce_p99_ms": {func(c *brokerCells) string { return c.latency }, nil},
	"bytes_in":       {func(c *brokerCells) string { return c.bytesIn }, nil},
	"bytes_out":      {func(c *brokerCells) string { return c.bytesOut }, nil},
	"disk_read":      {func(c *brokerCells) string { return c.read }, nil},
}

// meteredColumns are those of brokers with metrics.
func MeteredColumns(silent func(id int32) string, b *BrokerBoard) []brokerColumn {
	columns := dressBrokers(view.MeteredBrokerColumns(), silent)
	for i := range columns {
		c := &columns[i]
		if c.Name == "leaders" || c.Name == "answered_ms" { // which the shorter figures leave room for
			c.Wide = false
		}
		figure, ok := brokerFigures[c.Name]
		if !ok {
			c.Cell = b.kept(i, len(columns), c.Cell)
			continue
		}
		name := c.Name
		c.Cell = func(r view.BrokerRow) string { return figure.text(b.of(r.ID)) }
		c.Style = func(r view.BrokerRow) cell.Style {
			cells := b.of(r.ID)
			switch {
			case cells.metrics == nil:
				return cell.Unknown
			case !cells.fresh:
				return cell.Stale
			case figure.idle != nil:
				return IdleAmongPeers(b.Peers, r.ID, name, figure.idle(cells.metrics))
			}
			return AmongPeers(b.Peers, r.ID, name)
		}
	}
	history := func(head, name, help string, text func(*brokerCells) string, figure string) brokerColumn {
		like := view.Find(view.MeteredBrokerColumns(), figure)
		return brokerColumn{Column: view.Column[view.BrokerRow]{Head: head, Name: name, Help: help, Wide: true,
			Cell: func(r view.BrokerRow) string { return text(b.of(r.ID)) },
			Key:  like.Key},
			Style: func(view.BrokerRow) cell.Style { return cell.Faint }}
	}
	threads := history("NETWORK THREADS", "network_threads", "a cell for each network thread, by listener; the taller the busier",
		func(c *brokerCells) string { return c.threads }, "busiest_idle")
	threads.Wide, threads.Max = false, 40
	threads.Style = func(r view.BrokerRow) cell.Style { return b.of(r.ID).threadsLook }
	columns = append(columns, threads,
		history("NET HISTORY", "network_history", "idle share of the network threads lately", func(c *brokerCells) string { return c.networkHistory }, "network_idle"),
		history("HDLR HISTORY", "handler_history", "idle share of the request handlers lately", func(c *brokerCells) string { return c.handlerHistory }, "handler_idle"))
	return orderColumns(columns, "id", "rack", "state", "network_idle", "busiest_idle", "handler_idle", "requests", "produce_p99_ms", "under_replicated",
		"leaders", "disk_full", "answered_ms", "network_threads", "disk_read", "metadata_offset", "network_history", "handler_history", "slowest", "bytes_in", "bytes_out")
}

// overviewColumns are those that the Overview has room for.
func OverviewColumns(columns []brokerColumn) []brokerColumn {
	names := []string{"id", "state", "network_idle", "busiest_idle", "handler_idle", "produce_p99_ms", "under_replicated", "network_threads", "network_history"}
	columns = slices.DeleteFunc(columns, func(c brokerColumn) bool { return !slices.Contains(names, c.Name) })
	for i := range columns {
		columns[i].Wide = false
	}
	return orderColumns(columns, names...)
}

// brokerRows gives a table brokers. Those that don't answer are stale: what is shown of them is what others say.
func BrokerRows(rows []view.BrokerRow, now *Scene) table.Rows[view.BrokerRow] {
	of := table.RowsOf(rows, BrokerID)
	of.Style = func(r view.BrokerRow) cell.Style {
		if !r.Answered.Known {
			return cell.Stale
		}
		return now.RowStyle()
	}
	return of
}

func BrokerID(r view.BrokerRow) table.ID { return table.ID{N: r.ID} }
