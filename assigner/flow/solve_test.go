package flow

import (
	"context"
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
	families := rapid.IntRange(0, 3).Draw(t, "families")
	if rapid.Bool().Draw(t, "tolls") {
		p.Toll = rapid.SliceOfN(rapid.Int64Range(0, 5), bins, bins).Draw(t, "toll")
	}
	for range families {
		p.FamilyBase = append(p.FamilyBase, rapid.SliceOfN(rapid.Int32Range(0, 2), bins, bins).Draw(t, "family base"))
	}
	if families > 0 {
		weight := rapid.SampledFrom([]int64{1, 10, 1000})
		p.FamilyWeight = rapid.SliceOfN(weight, bins, bins).Draw(t, "family weight")
	}
	for item := range rapid.IntRange(1, maxItems).Draw(t, "items") {
		for b := range bins {
			if rapid.IntRange(0, 3).Draw(t, "owned") == 0 {
				p.Own = append(p.Own, int32(b))
				p.Level = append(p.Level, uint8(rapid.IntRange(0, len(p.Cost)-2).Draw(t, "level")))
			}
		}
		if families > 0 {
			p.Family = append(p.Family, int32(rapid.IntRange(-1, families-1).Draw(t, "family")))
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
	if rapid.Bool().Draw(t, "ordered") {
		var items []int32
		for item := range p.Items() {
			items = append(items, int32(item))
		}
		p.Order = rapid.Permutation(items).Draw(t, "order")
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

// loads is what each bin holds, and each family in each bin.
type loads struct {
	bin    []int64
	family [][]int64
}

func newLoads(p *Problem) *loads {
	l := &loads{bin: make([]int64, p.Bins())}
	for range p.FamilyBase {
		l.family = append(l.family, make([]int64, p.Bins()))
	}
	return l
}

func (l *loads) add(p *Problem, item int, set uint, sign int64) {
	for b := range l.bin {
		if set>>b&1 == 1 {
			l.bin[b] += sign
			if p.Family != nil && p.Family[item] >= 0 {
				l.family[p.Family[item]][b] += sign
			}
		}
	}
}

func (l *loads) cost(p *Problem) int64 {
	total := int64(0)
	for b, n := range l.bin {
		total += binCost(p, b, n)
	}
	for k, family := range l.family {
		for b, n := range family {
			total += familyCost(p, k, b, n)
		}
	}
	return total
}

func binCost(p *Problem, b int, n int64) int64 {
	total := p.Weight[b] * (p.Base[b] + n) * (p.Base[b] + n)
	if p.Toll != nil {
		total += p.Toll[b] * n
	}
	return total
}

func familyCost(p *Problem, family, b int, n int64) int64 {
	n += int64(p.FamilyBase[family][b])
	return p.FamilyWeight[b] * n * n
}

// brute is the least cost there is, by trying everything.
func brute(p *Problem, item int, l *loads) int64 {
	if item == p.Items() {
		return l.cost(p)
	}
	least := int64(math.MaxInt64)
	for _, set := range sets(p, item) {
		l.add(p, item, set, 1)
		least = min(least, brute(p, item+1, l)+setCost(p, item, set, nil))
		l.add(p, item, set, -1)
	}
	return least
}

// dual is the bound that the prices prove.
func dual(p *Problem, s *Solution) int64 {
	total := int64(0)
	for item := range p.Items() {
		price := s.Price
		if p.Family != nil && p.Family[item] >= 0 {
			price = s.FamilyPrice[p.Family[item]]
		}
		least := int64(math.MaxInt64)
		for _, set := range sets(p, item) {
			least = min(least, setCost(p, item, set, price))
		}
		total += least
	}
	convex := func(price int64, cost func(n int64) int64) {
		least := int64(math.MaxInt64)
		for n := range int64(p.Items() + 1) {
			least = min(least, cost(n)-price*n)
		}
		total += least
	}
	for b, q := range s.Price {
		convex(q, func(n int64) int64 { return binCost(p, b, n) })
		for k := range s.FamilyPrice {
			convex(s.FamilyPrice[k][b]-q, func(n int64) int64 { return familyCost(p, k, b, n) })
		}
	}
	return total
}

// check solves a problem and verifies all that can be verified without another solver. It returns nil where an item has
// nowhere to go and Solve said so.
func check(t *rapid.T, p *Problem) *Solution {
	s, err := Solve(context.Background(), p)
	var e *InfeasibleError
	for item := range p.Items() {
		if len(sets(p, item)) > 0 {
			continue
		}
		if !errors.As(err, &e) || len(sets(p, e.Item)) > 0 || e.Need != int(p.Need[e.Item]) || e.Room >= e.Need {
			t.Fatalf("item %d has nowhere to go, and the error is %v", item, err)
		}
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	l := newLoads(p)
	total := int64(0)
	for item := range p.Items() {
		set := uint(0)
		for _, b := range s.Of(item) {
			set |= 1 << b
		}
		if bits.OnesCount(set) != int(p.Need[item]) || !feasible(p, item, set) {
			t.Fatalf("item %d may not have %v", item, s.Of(item))
		}
		l.add(p, item, set, 1)
		total += setCost(p, item, set, nil)
	}
	if total += l.cost(p); total != s.Cost {
		t.Fatalf("cost %d, counted %d", s.Cost, total)
	}
	if bound := dual(p, s); bound != s.Cost {
		t.Fatalf("the prices %v %v prove %d, the cost is %d", s.Price, s.FamilyPrice, bound, s.Cost)
	}
	if again, _ := Solve(context.Background(), p); !slices.Equal(again.Place, s.Place) || !slices.Equal(again.Price, s.Price) {
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
		if least := brute(p, 0, newLoads(p)); s.Cost != least {
			t.Fatalf("cost %d, the least is %d", s.Cost, least)
		}
	})
}

func TestPricesProveTheLeastCostWhereBruteForceCannot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { check(t, draw(t, 9, 30)) })
}
