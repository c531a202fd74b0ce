package pane

import (
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type brokerColumn = table.Column[view.BrokerRow]

func brokerColumns() []brokerColumn {
	return dress(view.BrokerColumns(), map[string]func(*brokerColumn){
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
		"address": func(c *brokerColumn) { c.Max = 40 },
	})
}
