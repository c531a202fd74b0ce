package pane

import (
	"maps"
	"slices"

	"kdeck/ops/format"
	"kdeck/ui/table"
)

// TenantGroups makes a row for each tenant of what is summed up by its name; "" stands for what belongs to none.
func TenantGroups[T any](of map[string]T) (rows []Group[T]) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		row := Group[T]{ID: table.ID{Name: name}, Name: name, Filter: "tenant:" + format.FilterValue(name), Of: of[name]}
		if name == "" {
			row.Name, row.Filter = "(no tenant)", "tenant:-"
		}
		rows = append(rows, row)
	}
	return rows
}
