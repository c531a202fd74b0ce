package view

import (
	"iter"
	"slices"
)

// Least returns at most so many items, those that sorting would put first, in order. It sorts no others: there may be very many.
func Least[T any](items iter.Seq[T], most int, compare func(a, b T) int) (least []T) {
	for item := range items {
		if len(least) == most && (most == 0 || compare(least[most-1], item) <= 0) {
			continue
		}
		at, _ := slices.BinarySearchFunc(least, item, compare)
		least = slices.Insert(least, at, item)
		least = least[:min(len(least), most)]
	}
	return least
}
