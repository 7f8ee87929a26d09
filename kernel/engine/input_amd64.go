package engine

// readZero is how /proc shows the system call read(0, …).
const readZero = "0 0x0 "
