package pane

import (
	"slices"

	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type brokerColumn = table.Column[view.BrokerRow]

// brokerColumns are the columns of brokers as the console shows them: how long one has been silent stands where a
// narrow screen still has room for it. silent says that of a broker that does not answer.
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
	name := func(of string) int {
		return slices.IndexFunc(columns, func(c brokerColumn) bool { return c.Name == of })
	}
	if from, to := name("answered_ms"), name("log_dirs"); from > to && to >= 0 {
		answer := columns[from]
		columns = slices.Insert(slices.Delete(columns, from, from+1), to, answer)
	}
	return columns
}
