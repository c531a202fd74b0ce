package layout

import (
	"testing"

	"pgregory.net/rapid"
)

func machineParts(m Machine) []named {
	parts := []named{{'F', m.Findings}, {'T', m.Threads}, {'W', m.Waits}, {'D', m.Detail}, {'M', m.Figures}, {'|', m.Bar}}
	for _, r := range m.Rules {
		parts = append(parts, named{'-', r})
	}
	return parts
}

func TestAMachineIsDrawn(t *testing.T) {
	for _, c := range []struct {
		name                     string
		w, h                     int
		findings, threads, waits int
		want                     string
	}{
		{"80x24 has findings, threads and waits under one another", 80, 19, 5, 12, 2, `
  5  F80
  1  -80
  9  T80
  1  -80
  3  W80
`},
		{"without waits the threads have what is left", 80, 19, 1, 12, 0, `
  1  F80
  1  -80
 17  T80
`},
		{"a high narrow one has the figures below", 100, 55, 5, 12, 2, `
  5  F100
  1  -100
 13  T100
  1  -100
  3  W100
  1  -100
 31  M100
`},
		{"120x40 has the figures at the right, and the thread below the lists", 120, 35, 8, 12, 2, `
  8  F120
  1  -120
 13  T71 |1 M48
  1  -71 |1 M48
  3  W71 |1 M48
  1  -71 |1 M48
  8  D71 |1 M48
`},
		{"where the lists leave no room the thread is above the figures", 120, 35, 8, 60, 2, `
  8  F120
  1  -120
 12  T71 |1 D48
  1  T71 |1 -48
  9  T71 |1 M48
  1  -71 |1 M48
  3  W71 |1 M48
`},
		{"findings take a third at the most", 80, 19, 40, 12, 0, `
  6  F80
  1  -80
 12  T80
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := draw(c.w, c.h, machineParts(ComputeMachine(Rect{W: c.w, H: c.h}, c.findings, c.threads, c.waits)))
			if err != nil || "\n"+got != c.want {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

func TestThePartsOfAMachineNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 300).Draw(t, "w"), rapid.IntRange(0, 100).Draw(t, "h")
		m := ComputeMachine(Rect{W: w, H: h}, rapid.IntRange(0, 60).Draw(t, "findings"), rapid.IntRange(0, 300).Draw(t, "threads"), rapid.IntRange(0, 200).Draw(t, "waits"))
		if _, err := draw(w, h, machineParts(m)); err != nil {
			t.Fatal(err)
		}
	})
}
