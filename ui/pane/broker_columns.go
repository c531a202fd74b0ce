package pane

import (
	"cmp"
	"slices"

	"kdeck/ops/history"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type brokerColumn = table.Column[view.BrokerRow]

// BrokerColumns returns the columns of brokers without metrics, dressed for the screen. silent writes how long a broker has
// not answered; it stands where a narrow screen has room for it.
func BrokerColumns(silent func(id int32) string) []brokerColumn {
	return OrderColumns(dressBrokers(view.BrokerColumns(), silent), "id", "rack", "state", "controller", "leaders", "replicas", "under_replicated",
		"size_bytes", "disk_full", "answered_ms", "metadata_behind")
}

func dressBrokers(columns []view.Column[view.BrokerRow], silent func(id int32) string) []brokerColumn {
	return table.Dress(columns, map[string]func(*brokerColumn){
		"state": func(c *brokerColumn) {
			c.Style = func(b view.BrokerRow) cell.Style { return BrokerStyle(b.State()) }
		},
		"under_replicated": func(c *brokerColumn) {
			c.Style = func(b view.BrokerRow) cell.Style {
				if b.UnderReplicated > 0 {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"metadata_behind": func(c *brokerColumn) {
			c.Style = func(b view.BrokerRow) cell.Style {
				if b.Behind.Value > 0 {
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
			c.Help = "how long the broker's own last answer to kdeck took, in ms; of one that doesn't answer, ?? and for how long it hasn't; by N where broker N answers at its address"
			c.Cell = func(b view.BrokerRow) string {
				if b.Answered.Known || b.AnsweredBy != "" {
					return measured(b)
				}
				return silent(b.ID)
			}
		},
		"address": func(c *brokerColumn) { c.Max = 40 },
	})
}

// BrokerStyle returns the style of the word for a broker's state.
func BrokerStyle(state string) cell.Style {
	switch state {
	case "ok":
		return cell.OK
	case "CORDONED":
		return cell.Info
	case "NO-ANSWER":
		return cell.Unknown
	case "STALE":
		return cell.Warning
	}
	return cell.Critical
}

// OrderColumns puts the columns of those names first, in that order. It passes over names without a column.
func OrderColumns(columns []brokerColumn, names ...string) []brokerColumn {
	place := func(c brokerColumn) int {
		if i := slices.Index(names, c.Name); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(columns, func(a, b brokerColumn) int { return cmp.Compare(place(a), place(b)) })
	return columns
}

// MeteredBrokerColumns returns the columns of brokers with metrics, dressed for the screen. For silent see [BrokerColumns].
func MeteredBrokerColumns(silent func(id int32) string, cells *BrokerCells) []brokerColumn {
	columns := dressBrokers(view.MeteredBrokerColumns(), silent)
	figures := map[string]view.BrokerFigure{}
	for _, f := range view.BrokerFigures() {
		figures[f.Name] = f
	}
	for i := range columns {
		c := &columns[i]
		if f, ok := figures[c.Name]; ok {
			c.Cell, c.Style = cells.figure(f), cells.figureStyle(f)
		}
		if c.Name == "leaders" || c.Name == "answered_ms" { // the narrow figures leave room for them
			c.Wide = false
		}
	}
	drawn := func(head, name, help, sortedAs string, write func(view.BrokerRow) string) brokerColumn {
		return brokerColumn{Column: view.Column[view.BrokerRow]{Head: head, Name: name, Help: help, Wide: true, Cell: write,
			Key: view.Find(view.MeteredBrokerColumns(), sortedAs).Key},
			Style: func(view.BrokerRow) cell.Style { return cell.Faint }}
	}
	threads := drawn("NETWORK THREADS", "network_threads", "a cell for each network thread of the broker, by listener: the taller, the busier; ? where the exporter doesn't tell", "busiest_idle", cells.threads)
	threads.Wide, threads.Max, threads.Style = false, 40, cells.threadsStyle
	columns = append(columns, threads,
		drawn("NET HISTORY", "network_history", "NET over the last polls, the newest at the right: the taller, the more idle", "network_idle", cells.idleHistory(history.NetworkIdle)),
		drawn("HDLR HISTORY", "handler_history", "HDLR over the last polls, the newest at the right: the taller, the more idle", "handler_idle", cells.idleHistory(history.HandlerIdle)))
	for i := range columns {
		if c := &columns[i]; c.Name != "answered_ms" { // how long a broker is silent changes between States
			c.Cell = cells.once(i, len(columns), c.Cell)
		}
	}
	return OrderColumns(columns, "id", "rack", "state", "network_idle", "busiest_idle", "handler_idle", "requests", "produce_p99_ms", "under_replicated",
		"disk_full", "answered_ms", "leaders", "network_threads", "disk_read", "metadata_behind", "metadata_offset", "network_history", "handler_history", "slowest", "bytes_in", "bytes_out")
}

// BrokerRows makes rows of brokers. Those that don't answer are drawn stale: others say what is shown of them.
func BrokerRows(rows []view.BrokerRow, now *Scene) table.Rows[view.BrokerRow] {
	of := table.RowsOf(rows, brokerID)
	of.Style = func(r view.BrokerRow) cell.Style {
		if !r.Answered.Known {
			return cell.Stale
		}
		return now.RowStyle()
	}
	return of
}

// BrokerDocument returns what "kdeck brokers -o json" has of a broker.
func BrokerDocument(s Scene, r view.BrokerRow) any {
	return view.BrokersAnswer(s.State, []view.BrokerRow{r}).Brokers[0]
}

// brokerID returns a broker's identity in a table.
func brokerID(r view.BrokerRow) table.ID { return table.ID{N: r.ID} }
