package magic

import (
	"maps"
	"slices"

	compiler "github.com/warren-go/warren/kernel/cell"
)

// dependencies returns the code that must run before text, in order: what declares the names that it mentions, what changed
// them since, and what that depends on in turn. Methods and closures that change variables behind the scenes are not seen
// through.
func dependencies(past []ran, text string) ([]ran, error) {
	own, err := compiler.UsesOf(text)
	if err != nil {
		return nil, err
	}
	uses := make([]compiler.Uses, len(past))
	for i, r := range past {
		if uses[i], err = compiler.UsesOf(r.code); err != nil {
			return nil, err
		}
	}
	onlyRealChanges(uses)
	// What a function mentions counts when it is called, after the cells between: so once more with all that was found.
	mentioned := own.Mentions
	for {
		before := len(mentioned)
		picked := pick(uses, maps.Clone(mentioned))
		for _, i := range picked {
			maps.Copy(mentioned, uses[i].Mentions)
		}
		if len(mentioned) > before {
			continue
		}
		needed := make([]ran, len(picked))
		for k, i := range picked {
			needed[k] = past[i]
		}
		return needed, nil
	}
}

// onlyRealChanges leaves of the names that cells may change those that can change. A call changes no function and no
// package: it may change the variables that the function mentions. Without that, a function that many cells call would
// bring all of them back.
func onlyRealChanges(uses []compiler.Uses) {
	mutable, functions := map[string]bool{}, map[string]map[string]bool{}
	for _, u := range uses {
		maps.Copy(mutable, u.Mutable)
		maps.Copy(functions, u.Functions)
	}
	for i, u := range uses {
		reached := map[string]bool{}
		reach(reached, u.Changes, functions)
		maps.DeleteFunc(reached, func(name string, _ bool) bool { return !mutable[name] })
		uses[i].Changes = reached
	}
}

// reach adds names, and all that the functions among them mention, directly or through others.
func reach(reached, names map[string]bool, functions map[string]map[string]bool) {
	for name := range names {
		if !reached[name] {
			reached[name] = true
			reach(reached, functions[name], functions)
		}
	}
}

// pick returns which cells give the needed names their meaning and value. A declaration makes earlier
// ones of the same name needless.
func pick(uses []compiler.Uses, needed map[string]bool) []int {
	var picked []int
	for i, u := range slices.Backward(uses) {
		if !overlap(u.Declares, needed) && !overlap(u.Changes, needed) {
			continue
		}
		picked = append(picked, i)
		for name := range u.Declares {
			delete(needed, name)
		}
		for name := range u.Mentions {
			if !u.Declares[name] {
				needed[name] = true
			}
		}
	}
	slices.Reverse(picked)
	return picked
}

func overlap(a, b map[string]bool) bool {
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}
