package goobj

// Type descriptors (internal/abi/type.go), as they lie in the data of "type:" symbols on 64-bit machines.
const (
	typeSize      = 48 // abi.Type
	typeTFlag     = 20
	typeKind      = 23
	tflagUncommon = 1 << 0
	tflagNamed    = 1 << 2
	kindMask      = 1<<5 - 1

	uncommonSize   = 16 // abi.UncommonType
	uncommonMcount = 4
	uncommonXcount = 6
	uncommonMoff   = 8
	methodSize     = 16 // abi.Method: name, type, ifn, tfn, all 32-bit offsets

	structFieldSize = 24 // abi.StructField, which starts with the pointer to its name
	imethodSize     = 8  // abi.Imethod, which starts with the offset of its name
)

// The kinds of types (abi.Kind) whose descriptors are longer than abi.Type, with their length.
const (
	reflectArray     = 17
	reflectChan      = 18
	reflectFunc      = 19
	reflectInterface = 20
	reflectMap       = 21
	reflectPointer   = 22
	reflectSlice     = 23
	reflectStruct    = 25
)

var descriptorSize = map[byte]int{
	reflectArray:     typeSize + 24,
	reflectChan:      typeSize + 16,
	reflectFunc:      typeSize + 8,
	reflectInterface: typeSize + 32,
	reflectMap:       typeSize + 64,
	reflectPointer:   typeSize + 8,
	reflectSlice:     typeSize + 8,
	reflectStruct:    typeSize + 32,
}

// uncommon returns where the abi.UncommonType of the descriptor starts, or false if it has none.
func uncommon(desc []byte) (int, bool) {
	if len(desc) < typeSize || desc[typeTFlag]&tflagUncommon == 0 {
		return 0, false
	}
	at, ok := descriptorSize[desc[typeKind]&kindMask]
	if !ok {
		at = typeSize
	}
	return at, at+uncommonSize <= len(desc)
}
