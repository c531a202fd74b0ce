package records

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/view"
)

// From is where reading begins.
type From struct {
	Offset int64     // -1: by Time, or where that is zero, so that the last ones are read
	Time   time.Time // the first record that isn't older
}

// TheLast reads the last records or batches of the log.
var TheLast = From{Offset: -1}

// ParseFrom reads an offset (1204), how long ago (-5m, -2h, -7d), a date or a time as RFC 3339 has it.
func ParseFrom(text string, now time.Time) (From, error) {
	if offset, err := strconv.ParseInt(text, 10, 64); err == nil {
		if offset < 0 {
			return From{}, fmt.Errorf("%s is no offset, and no time without a unit: write an offset (1204), how long ago (-5m, -2h, -7d), or a time (2026-11-30T10:00:00Z)", text)
		}
		return From{Offset: offset}, nil
	}
	at, err := view.Since(strings.TrimPrefix(text, "-"), now)
	switch {
	case err != nil:
		return From{}, fmt.Errorf("%s is no offset and no time: write an offset (1204), how long ago (-5m, -2h, -7d), or a time (2026-11-30T10:00:00Z)", text)
	case at.After(now):
		return From{}, fmt.Errorf("%s is in the future", text)
	case at.UnixMilli() < 0:
		return From{}, fmt.Errorf("%s is before 1970, and no record can be", text)
	}
	return From{Offset: -1, Time: at}, nil
}
