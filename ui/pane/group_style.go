package pane

import (
	"kdeck/ops/state"
	"kdeck/ui/cell"
)

// GroupStyle returns the style of the word for a group's status.
func GroupStyle(s state.GroupStatus) cell.Style {
	switch s {
	case state.GroupUnknown:
		return cell.Unknown
	case state.GroupOK:
		return cell.OK
	case state.GroupStalled, state.GroupStopped:
		return cell.Critical
	}
	return cell.Warning
}
