package plan

import (
	"strings"
	"testing"
)

// A plan's header is read too, and may be anybody's.
func TestAnExpressionThatNestsTooDeeplyIsRefusedAndCrashesNothing(t *testing.T) {
	for depth := 990; depth < 1010; depth++ {
		re := strings.Repeat("(", depth) + "a" + strings.Repeat(")", depth)
		stages, err := Parse([]string{"leaders", "--topics", re})
		if err != nil {
			if !strings.Contains(err.Error(), "is not a regular expression for topics") {
				t.Fatal(err)
			}
			continue
		}
		for _, s := range stages {
			s.(interface{ topics() Topics }).topics().matcher()
		}
	}
}
