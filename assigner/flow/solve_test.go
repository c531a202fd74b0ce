package flow

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// draw draws a problem. Now and then an item of it has nowhere to go.
func draw(t *rapid.T, maxBins, maxItems int) *Problem {
	bins := rapid.IntRange(1, maxBins).Draw(t, "bins")
	groups := rapid.IntRange(1, 4).Draw(t, "groups")
	p := &Problem{Start: []int32{0}}
	for range bins {
		p.Group = append(p.Group, int32(rapid.IntRange(0, groups-1).Draw(t, "group")))
		p.Base = append(p.Base, int64(rapid.IntRange(0, 3).Draw(t, "base")))
		p.Weight = append(p.Weight, int64(rapid.SampledFrom([]int{0, 1, 1, 1, 7, 50}).Draw(t, "weight")))
	}
	often := rapid.Custom(func(t *rapid.T) bool { return rapid.IntRange(0, 4).Draw(t, "") > 0 })
	for range 2 {
		p.Open = append(p.Open, rapid.SliceOfN(often, bins, bins).Draw(t, "open"))
	}
	p.Cost = rapid.SampledFrom([][]int64{{0, 1}, {0, 100}, {-50, 0, 3}, {0, 1, 2, 100}, {-1000, 0, 1, 1, 60}}).Draw(t, "cost")
	floors := rapid.Bool().Draw(t, "floors")
	for item := range rapid.IntRange(1, maxItems).Draw(t, "items") {
		for b := range bins {
			if rapid.IntRange(0, 3).Draw(t, "owned") == 0 {
				p.Own = append(p.Own, int32(b))
				p.Level = append(p.Level, uint8(rapid.IntRange(0, len(p.Cost)-2).Draw(t, "level")))
			}
		}
		p.Start = append(p.Start, int32(len(p.Own)))
		p.Class = append(p.Class, int32(rapid.IntRange(0, 1).Draw(t, "class")))
		p.Cap = append(p.Cap, int32(rapid.IntRange(1, 3).Draw(t, "cap")))
		p.Need = append(p.Need, int32(rapid.IntRange(1, 4).Draw(t, "need")))
		if floors {
			p.Floor = append(p.Floor, int32(rapid.IntRange(0, min(int(p.Cap[item]), int(p.Need[item])/groups)).Draw(t, "floor")))
		}
		if !rapid.Custom(func(t *rapid.T) bool { return rapid.IntRange(0, 40).Draw(t, "") == 40 }).Draw(t, "impossible") {
			for p.Need[item] > 1 && len(sets(p, item)) == 0 {
				p.Need[item]--
				if floors {
					p.Floor[item] = min(p.Floor[item], p.Need[item]/int32(groups))
				}
			}
		}
	}
	return p
}

// cost is what a bin costs an item, and whether it may take it.
func cost(p *Problem, item, bin int) (int64, bool) {
	for k := p.Start[item]; k < p.Start[item+1]; k++ {
		if p.Own[k] == int32(bin) {
			return p.Cost[p.Level[k]], true
		}
	}
	return p.Cost[len(p.Cost)-1], p.Open[p.Class[item]][bin]
}

// sets are all feasible sets of an item, as bits.
func sets(p *Problem, item int) []uint {
	var all []uint
	for set := range uint(1) << p.Bins() {
		if bits.OnesCount(set) == int(p.Need[item]) && feasible(p, item, set) {
			all = append(all, set)
		}
	}
	return all
}

func feasible(p *Problem, item int, set uint) bool {
	groups := int(slices.Max(p.Group)) + 1
	in, room := make([]int32, groups), make([]int32, groups)
	for b := range p.Bins() {
		_, ok := cost(p, item, b)
		if ok {
			room[p.Group[b]]++
		}
		if set>>b&1 == 1 {
			if !ok {
				return false
			}
			in[p.Group[b]]++
		}
	}
	for g := range groups {
		if in[g] > p.Cap[item] || p.Floor != nil && in[g] < min(p.Floor[item], room[g]) {
			return false
		}
	}
	return true
}

func setCost(p *Problem, item int, set uint, price []int64) int64 {
	total := int64(0)
	for b := range p.Bins() {
		if set>>b&1 == 1 {
			c, _ := cost(p, item, b)
			total += c
			if price != nil {
				total += price[b]
			}
		}
	}
	return total
}

// brute is the least cost there is, by trying everything.
func brute(p *Problem, item int, load []int64) int64 {
	if item == p.Items() {
		total := int64(0)
		for b, n := range load {
			total += p.Weight[b] * (p.Base[b] + n) * (p.Base[b] + n)
		}
		return total
	}
	least := int64(math.MaxInt64)
	for _, set := range sets(p, item) {
		for b := range load {
			load[b] += int64(set >> b & 1)
		}
		if c := brute(p, item+1, load); c < math.MaxInt64 {
			least = min(least, c+setCost(p, item, set, nil))
		}
		for b := range load {
			load[b] -= int64(set >> b & 1)
		}
	}
	return least
}

// dual is the bound that the prices prove.
func dual(p *Problem, price []int64) int64 {
	total := int64(0)
	for item := range p.Items() {
		least := int64(math.MaxInt64)
		for _, set := range sets(p, item) {
			least = min(least, setCost(p, item, set, price))
		}
		total += least
	}
	for b, q := range price {
		least := int64(math.MaxInt64)
		for n := range int64(p.Items() + 1) {
			least = min(least, p.Weight[b]*(p.Base[b]+n)*(p.Base[b]+n)-q*n)
		}
		total += least
	}
	return total
}

// check solves a problem and verifies all that can be verified without another solver. It returns nil where an item has
// nowhere to go and Solve said so.
func check(t *rapid.T, p *Problem) *Solution {
	s, err := Solve(p)
	for item := range p.Items() {
		if len(sets(p, item)) > 0 {
			continue
		}
		var e *InfeasibleError
		if !errors.As(err, &e) || e.Item != item || e.Need != int(p.Need[item]) || e.Room >= e.Need {
			t.Fatalf("item %d has nowhere to go, and the error is %v", item, err)
		}
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	load := make([]int64, p.Bins())
	total := int64(0)
	for item := range p.Items() {
		set := uint(0)
		for _, b := range s.Of(item) {
			set |= 1 << b
			load[b]++
		}
		if bits.OnesCount(set) != int(p.Need[item]) || !feasible(p, item, set) {
			t.Fatalf("item %d may not have %v", item, s.Of(item))
		}
		total += setCost(p, item, set, nil)
	}
	for b, n := range load {
		total += p.Weight[b] * (p.Base[b] + n) * (p.Base[b] + n)
	}
	if total != s.Cost {
		t.Fatalf("cost %d, counted %d", s.Cost, total)
	}
	if bound := dual(p, s.Price); bound != s.Cost {
		t.Fatalf("the prices %v prove %d, the cost is %d", s.Price, bound, s.Cost)
	}
	if again, _ := Solve(p); !slices.Equal(again.Place, s.Place) || !slices.Equal(again.Price, s.Price) {
		t.Fatal("the same problem gave another answer")
	}
	return s
}

func TestSolveFindsTheLeastCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, 5, 4)
		s := check(t, p)
		if s == nil {
			return
		}
		if least := brute(p, 0, make([]int64, p.Bins())); s.Cost != least {
			t.Fatalf("cost %d, the least is %d", s.Cost, least)
		}
	})
}

func TestPricesProveTheLeastCostWhereBruteForceCannot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { check(t, draw(t, 9, 30)) })
}
